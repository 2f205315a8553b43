// What went wrong with a request: the desk's problem details, or no answer at all (status 0, code "network").

export class Problem extends Error {
  override name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string = "",
  ) {
    super(`${status} ${code}`);
  }

  /** True when the same request may work later: no answer, too many, or the desk is not well. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Read a problem-details body, whatever stands in it. */
export function problemFrom(status: number, body: unknown): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return new Problem(status, text(fields.code) || `http_${status}`, text(fields.detail) || text(fields.title));
}

/** Fetch JSON. Resolves with the body (undefined when empty), throws Problem and nothing else. */
export async function fetchJson(url: string, request: RequestInit, limitMs = 15_000): Promise<unknown> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limitMs);
  try {
    const response = await fetch(url, { ...request, signal: stop.signal });
    const text = await response.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    if (!response.ok) throw problemFrom(response.status, body);
    return body;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(0, "network");
  } finally {
    clearTimeout(timer);
  }
}

export const asProblem = (error: unknown): Problem => (error instanceof Problem ? error : new Problem(0, "unexpected"));
