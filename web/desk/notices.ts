// Telling an agent that somebody waits: a sound, and a desktop notice where the browser allows. Only when asked for.
import type { Summary } from "./api.ts";

const NOTE = "desk.notices";

export function wantsNotices(): boolean {
  try {
    return localStorage.getItem(NOTE) === "1";
  } catch {
    return false;
  }
}

/** Turn notices on or off; turning on asks the browser for permission, which needs a click. */
export async function setNotices(isOn: boolean): Promise<void> {
  try {
    localStorage.setItem(NOTE, isOn ? "1" : "0");
  } catch {
    // lasts for this page only
  }
  if (!isOn) return;
  ring();
  if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
}

export function notify(title: string, summary: Summary, name: string, open: () => void): void {
  if (!wantsNotices()) return;
  ring();
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const notice = new Notification(title, { body: [name, summary.reason_text].filter(Boolean).join(" · "), tag: summary.id });
  notice.onclick = () => {
    window.focus();
    open();
    notice.close();
  };
}

/** Two soft tones, made on the spot: no sound file to load. */
function ring(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    volume.gain.setValueAtTime(0.0001, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.12, audio.currentTime + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.7);
    for (const [frequency, at] of [
      [660, 0],
      [880, 0.14],
    ] as const) {
      const tone = audio.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(volume);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + 0.75);
    }
    setTimeout(() => void audio.close(), 1000);
  } catch {
    // no sound device: the list and the title still tell
  }
}
