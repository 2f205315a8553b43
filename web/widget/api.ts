// The desk's widget API. One object per page; the session token is handed in per call because it may be renewed.
import { fetchJson, Problem, problemFrom } from "../shared/problem.ts";
import type { Button, ConversationState, Language, Message, Page, Photo } from "../shared/types.ts";

export interface Session {
  session_token: string;
  conversation: { id: string; state: ConversationState; agent_name: string | null; language: Language; last_seq: number };
  shopper: { name: string } | null;
  greeting: { text: string; buttons: Button[] } | null;
}

export interface Outgoing {
  external_id: string;
  text?: string;
  payload?: string;
  photo?: Photo;
}

export interface WidgetApi {
  openSession(language: Language, shopperToken: string | null, sessionToken: string | null): Promise<Session>;
  postMessage(token: string, message: Outgoing): Promise<Message>;
  messagesAfter(token: string, after: number, limit: number): Promise<Message[]>;
  postPhoto(token: string, key: string, file: Blob, onProgress: (part: number) => void): Promise<Photo>;
  postFeedback(token: string, articleId: string, isHelpful: boolean): Promise<void>;
  postLanguage(token: string, language: Language): Promise<void>;
  eventsUrl(): string;
}

const PHOTO_LIMIT_MS = 120_000;

export function makeWidgetApi(base: string): WidgetApi {
  const root = new URL("api/v1/widget/", base);
  const headers = (token: string | null): Record<string, string> => ({ "Content-Type": "application/json", ...(token === null ? {} : { Authorization: `Bearer ${token}` }) });
  const post = (path: string, token: string | null, body: object): Promise<unknown> =>
    fetchJson(new URL(path, root).href, { method: "POST", headers: headers(token), body: JSON.stringify(body) });

  return {
    openSession: async (language, shopperToken, sessionToken) =>
      (await post("sessions", null, {
        language,
        ...(shopperToken === null ? {} : { shopper_token: shopperToken }),
        ...(sessionToken === null ? {} : { session_token: sessionToken }),
      })) as Session,
    postMessage: async (token, { external_id, text, payload, photo }) =>
      (await post("messages", token, {
        external_id,
        ...(payload === undefined ? (text === undefined ? {} : { text }) : { payload }),
        ...(photo === undefined ? {} : { photo_id: photo.id }),
      })) as Message,
    messagesAfter: async (token, after, limit) => {
      const page = (await fetchJson(new URL(`messages?after=${after}&limit=${limit}`, root).href, { headers: headers(token) })) as Page<Message>;
      return page.items;
    },
    postPhoto: (token, key, file, onProgress) => upload(new URL("photos", root).href, token, key, file, onProgress),
    postFeedback: async (token, articleId, isHelpful) => {
      await post("feedback", token, { article_id: articleId, is_helpful: isHelpful });
    },
    postLanguage: async (token, language) => {
      await post("language", token, { language });
    },
    eventsUrl: () => new URL("events", root).href.replace(/^http/, "ws"),
  };
}

/** Upload by XMLHttpRequest: fetch still cannot tell how much has been sent. */
function upload(url: string, token: string, key: string, file: Blob, onProgress: (part: number) => void): Promise<Photo> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, "photo");
    request.open("POST", url);
    request.timeout = PHOTO_LIMIT_MS;
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = undefined;
      }
      if (request.status >= 200 && request.status < 300) resolve(body as Photo);
      else reject(problemFrom(request.status, body));
    };
    request.onerror = request.ontimeout = () => reject(new Problem(0, "network"));
    request.send(form);
  });
}
