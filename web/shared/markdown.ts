// The Markdown that articles may use, as DOM nodes: paragraphs, lists, headings, **bold**, `code`, [links](…).
// Anything else, HTML included, is shown as the characters it is made of.
import { append, h, safeUrl, type Child } from "./dom.ts";

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

/** An article's text without its marks, for a place that shows plain characters. */
export const plainText = (source: string): string =>
  source.replace(/\*\*([^*]+)\*\*/g, "$1").replace(/`([^`]+)`/g, "$1").replace(/\[([^\]]+)\]\([^()\s]+\)/g, "$1").replace(/^#{1,4}\s+/gm, "");

const BULLET = /^\s*[-*]\s+(.*)$/;
const NUMBERED = /^\s*\d+[.、)]\s+(.*)$/;
const HEADING = /^#{1,4}\s+(.*)$/;

/** Render an article's body. `base` is the address that relative links start from. */
export function renderMarkdown(source: string, base: string): DocumentFragment {
  const builder = new Builder(base);
  for (const line of source.split(/\r?\n/)) builder.line(line);
  builder.flush();
  return builder.fragment;
}

class Builder {
  readonly fragment = document.createDocumentFragment();
  private paragraph: string[] = [];
  private list: HTMLElement | null = null;

  constructor(private readonly base: string) {}

  line(line: string): void {
    const heading = HEADING.exec(line)?.[1];
    const bullet = BULLET.exec(line)?.[1];
    const numbered = NUMBERED.exec(line)?.[1];
    if (heading !== undefined) {
      this.flush();
      this.add("h4", heading);
    } else if (bullet !== undefined) this.item("ul", bullet);
    else if (numbered !== undefined) this.item("ol", numbered);
    else if (line.trim() === "") this.flush();
    else if (this.list?.lastElementChild && /^\s{2,}/.test(line)) append(this.list.lastElementChild, [" ", ...inline(line.trim(), this.base)]);
    else {
      if (this.list !== null) this.flush();
      this.paragraph.push(line.trim());
    }
  }

  flush(): void {
    if (this.paragraph.length > 0) this.add("p", joinLines(this.paragraph));
    this.paragraph = [];
    this.list = null;
  }

  private item(kind: "ul" | "ol", text: string): void {
    if (this.list?.localName !== kind) {
      this.flush();
      this.list = h(kind);
      this.fragment.append(this.list);
    }
    this.list.append(h("li", {}, ...inline(text, this.base)));
  }

  private add(tag: "p" | "h4", text: string): void {
    this.fragment.append(h(tag, {}, ...inline(text, this.base)));
  }
}
