// The Markdown that articles may use, as DOM nodes: paragraphs, lists, headings, **bold**, `code`, [links](…).
// Anything else, HTML included, is shown as the characters it is made of.
import { h, safeUrl, type Child } from "./dom.ts";

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^()\s]+)\)/g;

/** Bold, code and links of one line; a link whose scheme is not allowed stays plain text. */
function inline(text: string, base: string): Child[] {
  const nodes: Child[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, code, label, target] = match;
    nodes.push(text.slice(end, match.index));
    end = match.index + whole.length;
    const href = target === undefined ? null : safeUrl(target, base);
    if (bold !== undefined) nodes.push(h("strong", {}, ...inline(bold, base)));
    else if (code !== undefined) nodes.push(h("code", {}, code));
    else if (href !== null) nodes.push(h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label));
    else nodes.push(label);
  }
  nodes.push(text.slice(end));
  return nodes;
}

/** Soft line breaks: a space between Latin words, nothing between Chinese characters. */
const joinLines = (lines: string[]): string =>
  lines.reduce((text, line) => (/[\u3000-\u9fff\uff00-\uffef]$/.test(text) || text === "" ? text + line : `${text} ${line}`), "");

const BULLET = /^\s*[-*]\s+(.*)$/;
const NUMBERED = /^\s*\d+[.、)]\s+(.*)$/;
const HEADING = /^#{1,4}\s+(.*)$/;

/** Render an article's body. `base` is the address that relative links start from. */
export function renderMarkdown(source: string, base: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let paragraph: string[] = [];
  let list: HTMLElement | null = null;

  function flush(): void {
    if (paragraph.length > 0) fragment.append(h("p", {}, ...inline(joinLines(paragraph), base)));
    paragraph = [];
    list = null;
  }
  function item(kind: "ul" | "ol", text: string): void {
    if (list?.localName !== kind) {
      flush();
      list = h(kind);
      fragment.append(list);
    }
    list.append(h("li", {}, ...inline(text, base)));
  }

  for (const line of source.split(/\r?\n/)) {
    const heading = HEADING.exec(line)?.[1];
    const bullet = BULLET.exec(line)?.[1];
    const numbered = NUMBERED.exec(line)?.[1];
    if (heading !== undefined) {
      flush();
      fragment.append(h("h4", {}, ...inline(heading, base)));
    } else if (bullet !== undefined) item("ul", bullet);
    else if (numbered !== undefined) item("ol", numbered);
    else if (line.trim() === "") flush();
    else if (list !== null && /^\s{2,}/.test(line)) (list as HTMLElement).lastElementChild?.append(" ", ...inline(line.trim(), base).filter((n) => typeof n === "string" || n instanceof Node));
    else {
      if (list !== null) flush();
      paragraph.push(line.trim());
    }
  }
  flush();
  return fragment;
}
