// Keys for agents who do not want to reach for the mouse, and the sheet that tells them.
import { Fragment, type JSX } from "preact";
import { useDesk, type Key } from "./context.ts";
import { Dialog } from "./parts.tsx";

const SHEET: [keys: string[], what: Key][] = [
  [["j", "k"], "keys.move"],
  [["1", "2", "3"], "keys.views"],
  [["t"], "keys.take"],
  [["r"], "keys.reply"],
  [["n"], "keys.note"],
  [["/"], "keys.knowledge"],
  [["b"], "keys.back"],
  [["x"], "keys.close"],
  [["c"], "keys.conversations"],
  [["g"], "keys.cases"],
  [["Esc"], "keys.leave"],
  [["?"], "keys.help"],
];

const ACTS: Record<string, string> = { t: "take", r: "reply", n: "note", "/": "knowledge", b: "back", x: "close" };

export interface KeyActs {
  step: (by: 1 | -1) => void;
  view: (view: "queue" | "mine" | "all") => void;
  go: (hash: string) => void;
  help: () => void;
}

/** Run a shortcut. Keys typed into a field, with a modifier, or while a dialog is open are left alone. */
export function onShortcut(event: KeyboardEvent, acts: KeyActs): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.closest("input, textarea, select, dialog")) return;
  const act = ACTS[event.key];
  const views = { "1": "queue", "2": "mine", "3": "all" } as const;
  if (event.key === "j" || event.key === "k") acts.step(event.key === "j" ? 1 : -1);
  else if (event.key in views) acts.view(views[event.key as keyof typeof views]);
  else if (event.key === "c") acts.go("#/conversations");
  else if (event.key === "g") acts.go("#/cases");
  else if (event.key === "?") acts.help();
  else if (act !== undefined) document.dispatchEvent(new CustomEvent("desk:act", { detail: act }));
  else return;
  event.preventDefault();
}

export function ShortcutSheet({ onClose }: { onClose: () => void }): JSX.Element {
  const { t } = useDesk();
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl class="keys">
        {SHEET.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <Fragment key={key}>
                  <kbd>{key}</kbd>{" "}
                </Fragment>
              ))}
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
