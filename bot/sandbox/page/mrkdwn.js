/**
 * Draws Slack's mrkdwn.
 *
 * The text arrives as Slack keeps it: `& < >` escaped, references such as `<@U…>` unresolved. A style needs a
 * boundary on both sides, does not cross lines, and means nothing inside code.
 */

import { emoji } from "./emoji.js";
import { h } from "./element.js";
import { unescaped } from "./escapes.js";
import { referenceNode, webLink } from "./references.js";

const FENCED = /```\n?([\s\S]+?)```/g;
const QUOTED = /^(?:&gt;|>) ?/;
const QUOTED_TO_END = /^(?:&gt;|>){3} ?/;
const WORD = /[\p{L}\p{N}_]/u;
const ADDRESS = /https?:\/\/[^\s<>|"`]*[^\s<>|"`.,;:!?'")\]]/uy;

const STYLES = { "*": styled("*", "strong"), _: styled("_", "em"), "~": styled("~", "s") };
const PIECES = [
  [/`([^`\n]+)`/y, (found, directory) => h("code", {}, codeNodes(found[1], directory))],
  [/<([^<>\n]+)>/y, (found, directory) => referenceNode(found[1], directory)],
  [/:([a-z0-9_+'-]+):/y, (found) => emoji(found[1])],
];

/** Return the nodes of a mrkdwn text. @param {string} text @param {import("./directory.js").Directory} directory */
export function mrkdwn(text, directory) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(FENCED)) {
    nodes.push(...quotedLines(text.slice(end, found.index).replace(/\n$/, ""), directory));
    nodes.push(h("pre", {}, codeNodes(found[1].replace(/\n$/, ""), directory)));
    end = found.index + found[0].length;
    if (text[end] === "\n") end += 1;
  }
  return [...nodes, ...quotedLines(text.slice(end), directory)];
}

function quotedLines(text, directory) {
  if (!text) return [];
  const nodes = [];
  let plain = [];
  const flush = () => {
    if (plain.length) nodes.push(...inline(plain.join("\n"), directory));
    plain = [];
  };
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    if (!QUOTED.test(lines[at])) {
      plain.push(lines[at]);
      continue;
    }
    flush();
    const quote = quoteFrom(lines, at);
    nodes.push(h("blockquote", {}, inline(quote.join("\n"), directory)));
    at += quote.length - 1;
  }
  flush();
  return nodes;
}

function quoteFrom(lines, at) {
  const rest = lines.slice(at);
  if (QUOTED_TO_END.test(rest[0])) return [rest[0].replace(QUOTED_TO_END, ""), ...rest.slice(1)];
  const end = rest.findIndex((line) => !QUOTED.test(line));
  return rest.slice(0, end < 0 ? rest.length : end).map((line) => line.replace(QUOTED, ""));
}

function inline(text, directory) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const piece = pieceAt(text, at, directory);
    if (piece) {
      if (plain) nodes.push(unescaped(plain));
      plain = "";
      nodes.push(piece.node);
      at = piece.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  return plain ? [...nodes, unescaped(plain)] : nodes;
}

function pieceAt(text, at, directory) {
  const style = STYLES[text[at]];
  if (style) return style(text, at, directory);
  if (text[at] === "h") return addressAt(text, at);
  for (const [pattern, draw] of PIECES) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return { node: draw(found, directory), end: at + found[0].length };
  }
  return null;
}

function addressAt(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  ADDRESS.lastIndex = at;
  const found = ADDRESS.exec(text);
  if (!found) return null;
  const address = unescaped(found[0]);
  return { node: webLink(address, [address]), end: at + found[0].length };
}

/** Return how to find and draw one style: code and references inside it are whole, and it ends before no word. */
function styled(mark, tag) {
  const sign = mark === "*" ? "\\*" : mark;
  const inside = `(?:\`[^\`\\n]+\`|<[^<>\\n]+>|[^${sign}\\n\`<]|${sign}(?=[\\p{L}\\p{N}]))`;
  const pattern = new RegExp(`${sign}(?!\\s)(${inside}+)(?<!\\s)${sign}(?![\\p{L}\\p{N}])`, "uy");
  return (text, at, directory) => {
    if (at > 0 && WORD.test(text[at - 1])) return null;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    return found && { node: h(tag, {}, inline(found[1], directory)), end: at + found[0].length };
  };
}

function codeNodes(text, directory) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(/<([^<>\n]+)>/g)) {
    nodes.push(unescaped(text.slice(end, found.index)), referenceNode(found[1], directory));
    end = found.index + found[0].length;
  }
  return [...nodes, unescaped(text.slice(end))];
}
