// The agent's side of the desk's API. The session is a cookie; writes carry the CSRF token from sign-in.
import { fetchJson, Problem, problemFrom } from "../shared/problem.ts";
import type { CaseCard, ConversationState, Language, Message, OrderCard, Page, Photo, Understanding } from "../shared/types.ts";

export interface Agent {
  login: string;
  name: string;
  role: string;
}

export interface Signed {
  agent: Agent;
  csrf_token: string;
}

export interface Summary {
  id: string;
  channel: string;
  state: ConversationState;
  language: Language;
  shopper: { name: string | null; vip_level: number } | null;
  agent_login: string | null;
  agent_name: string | null;
  queue_reason: string | null;
  reason_text: string | null;
  queued_at: string | null;
  updated_at: string;
  last_message: { sender: string; text: string; created_at: string } | null;
  unread: number;
  last_seq: number;
}

export interface Profile {
  ref?: string;
  name: string;
  vip_level: number;
  language?: string;
  phone?: string;
  email?: string;
  country?: string;
  registered_on?: string;
  order_count?: number;
  spent_minor?: number;
  currency?: string;
  return_rate_percent?: number;
  is_blacklisted?: boolean;
}

export interface Detail extends Omit<Summary, "shopper"> {
  shopper: Profile | null;
  orders: OrderCard[];
  cases: CaseCard[];
  understood: ({ seq: number; text: string } & Understanding)[];
  summary: string;
}

export interface CaseRow {
  number: string;
  type: string;
  type_text: string;
  state: string;
  state_text: string;
  severity: string;
  team: string;
  order_number: string | null;
  line_id: string | null;
  title: string | null;
  quantity: number | null;
  reason: string | null;
  reason_text: string | null;
  description: string;
  wanted: string | null;
  refund_minor: number | null;
  currency: string | null;
  decision: Record<string, unknown> | null;
  decision_text: string | null;
  deadline_at: string | null;
  is_overdue: boolean;
  created_at: string;
  updated_at: string;
  conversation_id: string | null;
  shopper: { name: string | null } | null;
}

/** The item in the agent's language where the decision kept it in both, else as the desk says it. */
export function titleOf(row: CaseRow, language: Language): string | null {
  const kept = row.decision?.[`title_${language}`];
  return typeof kept === "string" ? kept : row.title;
}

export interface CaseEvent {
  kind: string;
  actor: string;
  actor_name: string | null;
  from_state: string | null;
  to_state: string | null;
  note: string | null;
  is_public?: boolean;
  at: string;
}

export interface CaseDetail extends CaseRow {
  events: CaseEvent[];
  photos: Photo[];
  next_states: { state: string; label: string }[];
}

export interface Found {
  id: string;
  title: string;
  snippet: string;
  body: string;
  score: number;
}

export type View = "queue" | "mine" | "all";
export type Move = "take" | "hand-back" | "close";

const ROOT = "/api/v1/";
const PAGE = 100;

export class DeskApi {
  csrf = "";
  language: Language = "zh"; // in which the desk answers

  constructor(private readonly onSignedOut: () => void) {}

  async me(): Promise<Signed> {
    return this.keep((await fetchJson(`${ROOT}agent/me`, {})) as Signed);
  }

  /** Find out whether the session still stands; an ended one leads back to the door. */
  async checkSession(): Promise<void> {
    await this.get("agent/me").catch(() => undefined);
  }

  async signIn(login: string, password: string): Promise<Signed> {
    const answer = await fetchJson(`${ROOT}agent/sign-in`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ login, password }) });
    return this.keep(answer as Signed);
  }

  async signOut(): Promise<void> {
    await this.post("agent/sign-out", {});
  }

  async conversations(view: View): Promise<Summary[]> {
    return ((await this.get(`conversations?view=${view}&limit=${PAGE}`)) as Page<Summary>).items;
  }

  async conversation(id: string): Promise<Detail> {
    return (await this.get(`conversations/${encodeURIComponent(id)}`)) as Detail;
  }

  /** Every message after `after`, page by page. */
  async messagesAfter(id: string, after: number): Promise<Message[]> {
    const all: Message[] = [];
    for (let cursor = after; ; ) {
      const page = (await this.get(`conversations/${encodeURIComponent(id)}/messages?after=${cursor}&limit=${PAGE}`)) as Page<Message>;
      all.push(...page.items);
      const last = page.items.at(-1)?.seq ?? cursor;
      if (page.items.length < PAGE || last <= cursor) return all;
      cursor = last;
    }
  }

  async say(id: string, key: string, text: string, audience: "all" | "agents"): Promise<Message> {
    return (await this.post(`conversations/${encodeURIComponent(id)}/messages`, { text, audience }, key)) as Message;
  }

  async move(id: string, move: Move): Promise<Summary> {
    return (await this.post(`conversations/${encodeURIComponent(id)}/${move}`, {})) as Summary;
  }

  async cases(filter: Record<string, string>, cursor: string | null): Promise<Page<CaseRow>> {
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
    if (cursor !== null) query.set("cursor", cursor);
    return (await this.get(`cases?${query.toString()}`)) as Page<CaseRow>;
  }

  async case(number: string): Promise<CaseDetail> {
    return (await this.get(`cases/${encodeURIComponent(number)}`)) as CaseDetail;
  }

  /** Open a case; the same key, or the same open matter, leads to the case that exists. */
  async openCase(key: string, body: object): Promise<string> {
    return ((await this.post("cases", body, key)) as CaseDetail).number;
  }

  async moveCase(number: string, key: string, to: string, note: string): Promise<void> {
    await this.post(`cases/${encodeURIComponent(number)}/moves`, { to, note }, key);
  }

  async remark(number: string, key: string, text: string, isPublic: boolean): Promise<void> {
    await this.post(`cases/${encodeURIComponent(number)}/remarks`, { text, is_public: isPublic }, key);
  }

  async addCasePhoto(number: string, key: string, file: File): Promise<void> {
    const form = new FormData();
    form.append("file", file);
    const response = await fetch(`${ROOT}cases/${encodeURIComponent(number)}/photos`, { method: "POST", headers: { "X-CSRF-Token": this.csrf, "Idempotency-Key": key }, body: form });
    if (!response.ok) throw problemFrom(response.status, null);
  }

  async searchKnowledge(query: string, language: Language): Promise<Found[]> {
    return ((await this.get(`knowledge/search?${new URLSearchParams({ q: query, language }).toString()}`)) as { items: Found[] }).items;
  }

  private keep(signed: Signed): Signed {
    this.csrf = signed.csrf_token;
    return signed;
  }

  private get(path: string): Promise<unknown> {
    return this.watch(fetchJson(ROOT + path, { headers: { "Accept-Language": this.language } }));
  }

  private post(path: string, body: object, key?: string): Promise<unknown> {
    const headers: Record<string, string> = { "Content-Type": "application/json", "Accept-Language": this.language, "X-CSRF-Token": this.csrf, ...(key === undefined ? {} : { "Idempotency-Key": key }) };
    return this.watch(fetchJson(ROOT + path, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  private async watch(answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) this.onSignedOut();
      throw error;
    }
  }
}
