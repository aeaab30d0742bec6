/** The conversation: messages that appear and are edited in place, their buttons, and the field to write in. */

import { ageOf, ask, attempt, dayOf, el, exactTimeOf, icon, richText, tell, timeOf, toast } from "/parts.js";

const $ = (id) => document.getElementById(id);
const SHARING = "https://t.me/share/url?";
const BOT_LINK = /^https:\/\/t\.me\/\w+\?start=\S+$/;

export class Conversation {
  constructor(house) {
    this.house = house;
    this.rooms = new Map();
    this.sent = [];
    this.commands = [];
    this.replyTo = null;
    this.pressed = new Set();
    this.atEnd = true;
    $("composer").addEventListener("submit", (event) => this.submit(event));
    $("text").addEventListener("input", () => this.suggest());
    $("text").addEventListener("keydown", (event) => this.key(event));
    $("slash").addEventListener("click", () => this.toggleMenu());
    $("reply").querySelector("button").addEventListener("click", () => this.answerTo(null));
    $("pinned").addEventListener("click", () => this.toPinned());
    $("scroll").addEventListener("scroll", () => { this.atEnd = this.nearEnd(); });
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe($("scroll"));
    document.addEventListener("click", (event) => {
      if (!event.target.closest("#composer")) this.closeMenu();
    });
  }

  async enter(person, chat) {
    Object.assign(this, { person, chat, sent: [] });
    this.answerTo(null);
    this.closeMenu();
    $("note").textContent = this.house.noteOf(person, chat);
    await attempt(async () => {
      const [messages] = await Promise.all([ask(`/control/transcript?chat=${chat}&viewer=${person.id}`), this.learnCommands()]);
      this.rooms.set(chat, new Map(messages.map((message) => [message.message_id, message])));
      this.draw();
    });
    this.drawChips();
  }

  get here() {
    if (!this.rooms.has(this.chat)) this.rooms.set(this.chat, new Map());
    return this.rooms.get(this.chat);
  }

  async learnCommands() {
    this.commands = await ask(`/control/commands?chat=${this.chat}&person=${this.person.id}`);
  }

  /** One thing that happened in Telegram. */
  hear(event) {
    if (event.what === "commands") return void attempt(() => this.learnCommands());
    if (event.what === "answer" && event.detail.person === this.person.id) return this.answered(event.detail);
    if (event.where === this.chat && event.detail.message) this.put(event.detail.message, event.what);
    return undefined;
  }

  put(message, why) {
    const near = this.atEnd;
    this.here.set(message.message_id, message);
    this.drawPinned();
    const old = $("messages").querySelector(`[data-message="${message.message_id}"]`);
    if (message.deleted) return old?.remove();
    if (old) {
      const focused = old.contains(document.activeElement) ? document.activeElement.textContent : null;
      const fresh = this.bubble(message);
      if (why === "edited") fresh.classList.add("changed");
      old.replaceWith(fresh);
      [...fresh.querySelectorAll(".buttons button")].find((b) => b.textContent === focused)?.focus();
    } else {
      this.append(message, why === "message");
    }
    if (near || message.from.id === this.person.id) this.toEnd();
    return undefined;
  }

  draw() {
    $("messages").replaceChildren();
    this.lastDay = "";
    this.lastSender = null;
    const shown = [...this.here.values()].filter((message) => !message.deleted);
    if (shown.length === 0) $("messages").append(this.welcome());
    for (const message of shown) this.append(message, false);
    this.drawPinned();
    this.toEnd();
  }

  get pinned() {
    return [...this.here.values()].findLast((message) => message.pinned && !message.deleted);
  }

  /** The newest pinned message stands above the chat, on one line. */
  drawPinned() {
    const message = this.pinned;
    $("pinned").hidden = !message;
    const parts = message ? richText(message.html.replaceAll("\n", " · ")) : [];
    $("pinned").querySelector("span").replaceChildren(...parts.map((part) => (part.tagName === "BUTTON" ? part.textContent : part)));
  }

  toPinned() {
    $("messages").querySelector(`[data-message="${this.pinned?.message_id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  welcome() {
    const group = this.chat < 0;
    const said = group ? "Nobody has written here yet." : "This chat is empty. Telegram shows a Start button here.";
    const start = el("button", { type: "button", class: "solid", onclick: () => this.say("/start") }, "Start");
    return el("li", { class: "welcome" }, el("p", {}, said), group ? null : start);
  }

  append(message, arrives) {
    $("messages").querySelector(".welcome")?.remove();
    const today = dayOf(message.date);
    if (today !== this.lastDay) $("messages").append(el("li", { class: "day" }, el("span", {}, today)));
    this.lastDay = today;
    const node = this.bubble(message);
    if (arrives) node.classList.add("arrives");
    if (message.from.id === this.lastSender) node.classList.add("again");
    this.lastSender = message.service ? null : message.from.id;
    $("messages").append(node);
  }

  bubble(message) {
    const mine = message.from.id === this.person.id;
    if (message.service) return el("li", { class: "day", data: { message: message.message_id } }, el("span", {}, this.service(message)));
    const named = this.chat < 0 && !mine;
    const again = $("messages").querySelector(`[data-message="${message.message_id}"]`)?.classList.contains("again");
    return el("li", { class: `message ${mine ? "mine" : "theirs"} ${again ? "again" : ""}`, data: { message: message.message_id } },
      el("div", { class: "bubble" },
        named ? el("strong", { class: "name", style: `--hue: ${this.house.hueOf(message.from)}` }, message.from.name) : null,
        this.quote(message),
        message.file ? el("p", { class: "file" }, `${message.file.name}, ${message.file.size} bytes`) : null,
        el("div", { class: `words ${message.protect ? "protected" : ""}` }, richText(message.html, (text) => this.say(text))),
        this.footer(message)),
      this.buttons(message),
      el("button", { type: "button", class: "icon answer", "aria-label": `Reply to ${message.from.name}`, onclick: () => this.answerTo(message) }, icon("reply")));
  }

  quote(message) {
    const answered = message.reply_to && this.here.get(message.reply_to);
    if (!answered) return null;
    return el("blockquote", { class: "quote" }, el("strong", {}, answered.from.name), el("span", {}, answered.text));
  }

  footer(message) {
    const edited = message.edited ? el("span", { title: `Edited at ${exactTimeOf(message.edit_date)}` }, "edited") : null;
    const kept = message.protect ? el("span", { class: "kept", title: "Cannot be forwarded or saved" }, icon("shield"), "protected") : null;
    const pinned = message.pinned ? el("span", { class: "kept" }, icon("pin"), "pinned") : null;
    return el("p", { class: "footer" }, kept, pinned, edited,
      el("time", { datetime: new Date(message.date * 1000).toISOString(), title: `${exactTimeOf(message.date)}, ${ageOf(message.date)}` }, timeOf(message.date)));
  }

  service(message) {
    const names = { new_chat_members: "Somebody joined", left_chat_member: "Somebody left", pinned_message: "A message was pinned" };
    return names[message.service] ?? message.service.replaceAll("_", " ");
  }

  buttons(message) {
    if (message.buttons.length === 0) return null;
    return el("div", { class: "buttons", role: "group", "aria-label": "Buttons of this message" },
      message.buttons.map((row) => el("div", {}, row.map((button) => this.button(message, button)))));
  }

  button(message, button) {
    const style = button.style ?? "";
    const mark = button.copy_text ? icon("copy") : button.url ? icon("link") : null;
    const waits = this.pressed.has(`${message.message_id} ${button.data}`) ? "waits" : "";
    const node = el("button", { type: "button", class: `${style} ${waits}`, onclick: () => this.press(message, button, node) }, el("span", {}, button.text), mark);
    return node;
  }

  async press(message, button, node) {
    if (button.copy_text) return copy(button.copy_text);
    // There is nobody here to share a link with but the other people of the demo: it is pasted as one of them.
    if (button.url?.startsWith(SHARING)) return copy(new URL(button.url).searchParams.get("url"));
    if (button.url) return void window.open(button.url, "_blank", "noreferrer");
    const key = `${message.message_id} ${button.data}`;
    this.pressed.add(key);
    node.classList.add("waits");
    setTimeout(() => this.release(message.message_id), 15000);
    const done = await attempt(() => tell("/control/tap", { person: this.person.id, chat: this.chat, message_id: message.message_id, data: button.data }));
    if (!done) this.release(message.message_id);
    return undefined;
  }

  release(id) {
    for (const key of this.pressed) if (key.startsWith(`${id} `)) this.pressed.delete(key);
    for (const node of $("messages").querySelectorAll(`[data-message="${id}"] .waits`)) node.classList.remove("waits");
  }

  answered(answer) {
    this.release(answer.message_id);
    if (!answer.text) return;
    if (!answer.alert) return toast(answer.text);
    $("alert-text").textContent = answer.text;
    if (!$("alert").open) $("alert").showModal();
  }

  // Writing

  async say(text) {
    if (BOT_LINK.test(text)) return attempt(() => tell("/control/open_link", { person: this.person.id, link: text }));
    const said = { person: this.person.id, chat: this.chat, text };
    if (this.replyTo) said.reply_to_message_id = this.replyTo.message_id;
    this.answerTo(null);
    this.sent.push(text);
    this.recalled = this.sent.length;
    return attempt(() => tell("/control/say", said));
  }

  async submit(event) {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    this.closeMenu();
    if (!(await this.say(text))) $("text").value = text;
  }

  answerTo(message) {
    this.replyTo = message;
    $("reply").hidden = message === null;
    if (message === null) return;
    $("reply").querySelector("span").textContent = `Reply to ${message.from.name}: ${message.text}`;
    $("text").focus();
  }

  describe(person) {
    this.person = person;
    $("note").textContent = this.house.noteOf(person, this.chat);
    this.drawChips();
  }

  drawChips() {
    $("chips").replaceChildren(...this.person.quick.map((text) => el("button", { type: "button", onclick: () => this.say(text) }, text)));
  }

  // The menu of commands

  toggleMenu() {
    if (!$("menu").hidden) return this.closeMenu();
    this.openMenu(this.commands);
    $("text").focus();
    return undefined;
  }

  suggest() {
    const found = /^\/(\w*)$/.exec($("text").value);
    const fitting = found ? this.commands.filter((command) => command.command.startsWith(found[1].toLowerCase())) : [];
    if (fitting.length) this.openMenu(fitting);
    else this.closeMenu();
  }

  openMenu(commands) {
    const rows = commands.map((command, index) =>
      el("li", { id: `command-${index}`, role: "option", "aria-selected": "false", data: { command: command.command }, onclick: () => this.pick(command.command) },
        el("b", {}, `/${command.command}`), el("span", {}, command.description)));
    $("menu").replaceChildren(...(rows.length ? rows : [el("li", { class: "none" }, "The bot offers no commands here.")]));
    $("menu").hidden = false;
    for (const id of ["text", "slash"]) $(id).setAttribute("aria-expanded", "true");
  }

  closeMenu() {
    $("menu").hidden = true;
    $("text").removeAttribute("aria-activedescendant");
    for (const id of ["text", "slash"]) $(id).setAttribute("aria-expanded", "false");
  }

  pick(command) {
    $("text").value = `/${command} `;
    this.closeMenu();
    $("text").focus();
  }

  key(event) {
    const rows = $("menu").hidden ? [] : [...$("menu").querySelectorAll("[role=option]")];
    const chosen = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.closeMenu();
    else if (rows.length && step) this.choose(rows, (chosen + step + rows.length) % rows.length, event);
    else if (rows.length && (event.key === "Tab" || event.key === "Enter") && chosen >= 0) {
      event.preventDefault();
      this.pick(rows[chosen].dataset.command);
    } else if (event.key === "ArrowUp" && !$("text").value && this.sent.length) {
      event.preventDefault();
      $("text").value = this.sent.at(-1);
    }
  }

  choose(rows, index, event) {
    event.preventDefault();
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
    rows[index].scrollIntoView({ block: "nearest" });
    $("text").setAttribute("aria-activedescendant", rows[index].id);
  }

  nearEnd() {
    const box = $("scroll");
    return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  }

  toEnd() {
    this.atEnd = true;
    $("scroll").scrollTop = $("scroll").scrollHeight;
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser did not let the page copy it.", "fault");
  }
}
