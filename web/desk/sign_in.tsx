// The door: login and password, and a clear word when they do not fit.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem } from "../shared/problem.ts";
import type { DeskApi, Signed } from "./api.ts";
import type { Key, T } from "./context.ts";

interface Props {
  api: DeskApi;
  t: T;
  hasEnded: boolean;
  onSigned: (signed: Signed) => void;
  onLanguage: () => void;
}

export function SignIn({ api, t, hasEnded, onSigned, onLanguage }: Props): JSX.Element {
  const [fault, setFault] = useState<Key | null>(hasEnded ? "signin.ended" : null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    };
    setBusy(true);
    setFault(null);
    try {
      onSigned(await api.signIn(text("login"), text("password")));
    } catch (error) {
      const { status } = asProblem(error);
      setFault(status === 401 || status === 400 ? "signin.wrong" : status === 429 ? "signin.limited" : "signin.failed");
      setBusy(false);
    }
  }

  return (
    <main class="door">
      <form class="door-box" onSubmit={(event) => void submit(event)}>
        <span class="seal big" aria-hidden="true">
          掌
        </span>
        <h1>{t("signin.title")}</h1>
        <label>
          {t("signin.login")}
          <input name="login" autocomplete="username" autocapitalize="none" required autofocus />
        </label>
        <label>
          {t("signin.password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="fault" role="alert">
          {fault !== null && t(fault)}
        </p>
        <button class="primary" disabled={isBusy}>
          {t(isBusy ? "signin.working" : "signin.submit")}
        </button>
        <button type="button" class="quiet" onClick={onLanguage}>
          {t("nav.language")}
        </button>
      </form>
    </main>
  );
}
