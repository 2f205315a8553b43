// Enter in a message box. While an input method composes (pinyin), Enter picks a word and must not send.

/** True when this key press means "send". Safari ends the composition before the key event and only leaves code 229. */
export function isSendKey(event: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way to see Safari's composing Enter
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}
