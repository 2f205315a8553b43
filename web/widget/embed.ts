// What loader and panel know of each other. The loader must stay tiny, so only types and a few words live here.
import type { Language } from "../shared/types.ts";

/** Name of the event in which a freshly loaded panel script hands itself to the loader that asked for it. */
export const PANEL_READY = "zhanggui:panel";

export interface PanelOptions {
  base: string; // the desk's address, with a trailing slash
  language: Language;
  shopperToken: string | null;
  theme: string | null;
  direction: string; // of the texts; where the panel stands follows the page
  onUnread: (count: number) => void;
  onLanguage: (language: Language) => void;
  onClose: () => void; // the panel is hidden; the launcher takes the focus back
}

export interface Panel {
  open: (takesFocus: boolean) => void;
  close: () => void;
  destroy: () => void;
}

export type StartPanel = (root: ShadowRoot, options: PanelOptions) => Panel;
