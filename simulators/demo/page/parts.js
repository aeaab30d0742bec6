/** Small parts the page is made of: elements, safe rich text, times, and requests that fail in sentences. */

export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function face(person) {
  return el("span", { class: "face", style: `--hue: ${hue(person.id)}`, "aria-hidden": "true" }, person.name.slice(0, 1));
}

export function hue(id) {
  return (Math.abs(id) * 118 + 195) % 360;
}

const PLAIN = new Set(["B", "I", "U", "S", "CODE", "PRE", "BLOCKQUOTE"]);

/** The server's HTML, rebuilt from the few elements a message may hold: nothing else reaches the page. */
export function richText(html, onCommand) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const build = (from) => [...from.childNodes].map((node) => {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    const inside = build(node);
    if (PLAIN.has(node.tagName)) return el(node.tagName.toLowerCase(), {}, inside);
    if (node.className === "tg-spoiler") return spoiler(inside);
    if (node.className === "command") {
      return el("button", { type: "button", class: "command", onclick: () => onCommand(node.textContent) }, inside);
    }
    if (node.tagName === "TIME") return relativeTime(Number(node.dataset.at), inside);
    if (node.className === "mention") return el("span", { class: "mention" }, inside);
    if (node.tagName === "A" && /^https?:/i.test(node.href)) {
      return el("a", { href: node.href, rel: "noreferrer", target: "_blank" }, inside);
    }
    return el("span", {}, inside);
  });
  return build(parsed.body);
}

/** How long ago, as a client counts it; what the bot wrote is there to be read when one points at it. */
function relativeTime(seconds, inside) {
  const written = inside.map((part) => part.textContent ?? "").join("");
  return el("time", { datetime: new Date(seconds * 1000).toISOString(), title: written, data: { at: seconds } }, ageOf(seconds));
}

function spoiler(inside) {
  const hidden = el("span", { class: "hidden-text", "aria-hidden": "true" }, inside);
  const node = el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text, press to reveal" }, hidden);
  const reveal = () => {
    node.classList.add("open");
    hidden.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
  };
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    reveal();
  });
  return node;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const timeOf = (seconds) => clock.format(seconds * 1000);
export const exactTimeOf = (seconds) => clockSeconds.format(seconds * 1000);
export const dayOf = (seconds) => day.format(seconds * 1000);

/** Written out here: in some languages a browser's own narrow form of "5 s ago" is "-5 s". */
export function ageOf(seconds) {
  const passed = Math.floor(Date.now() / 1000 - seconds);
  if (passed < 1) return "now";
  if (passed < 60) return `${passed} s ago`;
  return passed < 3600 ? `${Math.floor(passed / 60)} min ago` : `${Math.floor(passed / 3600)} h ago`;
}

export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Error("The demo does not answer. Is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `The demo refused that (HTTP ${answer.status}).`);
  return body;
}

export const tell = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export function toast(text, kind = "note") {
  const node = el("p", { class: `toast ${kind}` }, text);
  document.querySelector("#toasts").append(node);
  setTimeout(() => node.remove(), kind === "fault" ? 7000 : 4000);
}

/** Do something that may fail; a failure is shown as the sentence it is. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message, "fault");
    return undefined;
  }
}
