// Small notes in the browser. Storage may be blocked (private mode, third-party rules): then they last for this page.

const memory = new Map<string, string>();

function area(kind: "local" | "session"): Storage | null {
  try {
    return kind === "local" ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

export function readNote(name: string, kind: "local" | "session" = "local"): string | null {
  try {
    const stored = area(kind)?.getItem(`zhanggui.${name}`) ?? null;
    return stored ?? memory.get(name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

export function writeNote(name: string, value: string | null, kind: "local" | "session" = "local"): void {
  if (value === null) memory.delete(name);
  else memory.set(name, value);
  try {
    if (value === null) area(kind)?.removeItem(`zhanggui.${name}`);
    else area(kind)?.setItem(`zhanggui.${name}`, value);
  } catch {
    // full or forbidden: the note in memory has to do
  }
}
