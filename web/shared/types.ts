// The desk's JSON, as the pages read it. Names and shapes follow the HTTP API.

export type Language = "zh" | "en";
export type ConversationState = "bot" | "queued" | "with_agent" | "closed";
export type Sender = "shopper" | "bot" | "agent" | "system";

export interface Button {
  title: string;
  payload: string;
}

export interface Photo {
  id: string;
  url: string;
  width: number;
  height: number;
}

export interface OrderLine {
  id: string;
  title: string;
  variant: string;
  quantity: number;
  image_url: string;
  paid_minor: number;
}

export interface Scan {
  at: string;
  place: string;
  note: string;
}

export interface Parcel {
  carrier: string;
  tracking_number: string;
  state: string;
  state_text: string;
  promised_on: string | null;
  delivered_at: string | null;
  scans: Scan[];
}

export interface OrderCard {
  type: "order";
  number: string;
  state: string;
  state_text: string;
  placed_at: string;
  total_minor: number;
  currency: string;
  lines: OrderLine[];
  parcels: Parcel[];
}

export interface OrdersCard {
  type: "orders";
  orders: {
    number: string;
    state_text: string;
    placed_at: string;
    total_minor: number;
    currency: string;
    title: string;
    image_url: string;
    line_count: number;
    payload: string;
  }[];
}

export interface LinesCard {
  type: "lines";
  order_number: string;
  lines: (OrderLine & { currency: string; payload: string })[];
}

export interface CaseCard {
  type: "case";
  number: string;
  case_type: string;
  type_text: string;
  state: string;
  state_text: string;
  deadline_at: string | null;
  deadline_text?: string; // in the shop's zone, as the bot's sentences say it
  refund_minor: number | null;
  currency: string | null;
  next_step: string | null;
}

export interface ArticleCard {
  type: "article";
  id: string;
  title: string;
  body: string;
  related: { id: string; title: string; payload: string }[];
  language: Language;
}

export type Card = OrderCard | OrdersCard | LinesCard | CaseCard | ArticleCard;

export interface StateChange {
  state: ConversationState;
  agent_name?: string | null;
  position?: number | null;
  wait_minutes?: number | null;
  reason?: string | null;
}

export interface Content {
  text?: string | null;
  buttons?: Button[] | null;
  card?: Card | null;
  photo?: Photo | null;
  state?: StateChange | null;
}

export interface Entity {
  entity: string;
  value: unknown;
}

export interface Understanding {
  intent: string | null;
  confidence: number;
  entities?: Entity[];
  ranking?: { intent: string; confidence: number }[];
}

export interface Message {
  seq: number;
  sender: Sender;
  audience: "all" | "agents";
  agent_name: string | null;
  created_at: string;
  external_id: string | null;
  content: Content;
  understanding: Understanding | null;
  turn_state?: "pending" | "done" | null; // "pending": the bot is still to answer it
}

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}
