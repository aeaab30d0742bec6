/** The demo's page: who you are and where you write, kept live by one stream of events. */

import { Conversation } from "/chat.js";
import { Doors } from "/doors.js";
import { ask, attempt, el, face, hue, toast } from "/parts.js";

const $ = (id) => document.getElementById(id);

class House {
  constructor(plan) {
    Object.assign(this, plan);
  }

  hueOf(sender) {
    return sender.is_bot ? 175 : hue(sender.id);
  }

  noteOf(person, chat) {
    if (chat > 0) return `as ${person.name}, ${person.role}`;
    const others = this.people.filter((one) => one.id !== person.id && this.group.members.includes(one.id));
    return `as ${person.name}, with ${others.map((one) => one.name).join(", ")} and Latchkey`;
  }
}

class Page {
  constructor(plan) {
    this.house = new House(plan);
    this.run = plan.run;
    this.conversation = new Conversation(this.house);
    this.doors = new Doors(plan.doors);
    this.unread = new Map();
    this.drawChoices();
    this.drawAddresses();
    for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => this.openTab(tab.dataset.tab));
  }

  async start(asked) {
    const person = this.house.people.find((one) => String(one.id) === asked.get("person")) ?? this.house.people[0];
    this.openTab(asked.get("tab") ?? "chat");
    await this.go(person, asked.get("chat") === String(this.house.group.id));
    this.listen();
  }

  async go(person, inGroup) {
    Object.assign(this, { person, inGroup });
    const chat = inGroup ? this.house.group.id : person.id;
    this.unread.delete(chat);
    $("title").textContent = inGroup ? this.house.group.title : "Latchkey";
    const mark = inGroup ? face({ id: this.house.group.id, name: this.house.group.title }) : face({ id: 4, name: "L" });
    mark.id = "face";
    if (!inGroup) mark.classList.add("bot");
    $("face").replaceWith(mark);
    document.querySelector(`#who input[value="${person.id}"]`).checked = true;
    document.querySelector(`#where input[value="${inGroup ? "group" : "private"}"]`).checked = true;
    this.drawUnread();
    this.remember(chat);
    await this.conversation.enter(person, chat);
  }

  remember(chat) {
    const query = new URLSearchParams({ person: this.person.id, chat, tab: document.body.dataset.tab });
    history.replaceState(null, "", `?${query}`);
  }

  openTab(tab) {
    const known = [...document.querySelectorAll(".tabs button")];
    if (!known.some((button) => button.dataset.tab === tab)) return;
    document.body.dataset.tab = tab;
    for (const button of known) {
      if (button.dataset.tab === tab) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    if (tab === "chat") this.conversation.toEnd();
    this.markTab(tab, false);
    if (this.person) this.remember(this.conversation.chat);
  }

  markTab(tab, on) {
    document.querySelector(`.tabs [data-tab="${tab}"]`).classList.toggle("news", on);
  }

  drawChoices() {
    $("who").replaceChildren(...this.house.people.map((person) =>
      choice("who", person.id, face(person), person.name, person.note, () => this.go(person, this.inGroup))));
    const lone = face({ id: 4, name: "L" });
    lone.classList.add("bot");
    $("where").replaceChildren(
      choice("where", "private", lone, "Private chat", "with the bot alone", () => this.go(this.person, false)),
      choice("where", "group", face({ id: this.house.group.id, name: this.house.group.title }), this.house.group.title, "the group", () => this.go(this.person, true)));
  }

  drawAddresses() {
    $("addresses").replaceChildren(...this.house.addresses.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }

  drawUnread() {
    for (const person of this.house.people) mark("who", person.id, this.unread.get(person.id));
    mark("where", "private", this.unread.get(this.person.id));
    mark("where", "group", this.unread.get(this.house.group.id));
    this.markTab("people", this.unread.size > 0 && document.body.dataset.tab !== "people");
  }

  // What happens is told by one stream

  listen() {
    const stream = new EventSource(`/live?since=${this.house.since}`);
    stream.onopen = () => { $("line").hidden = true; };
    stream.onerror = () => { $("line").hidden = false; };
    stream.addEventListener("run", ({ data }) => { if (JSON.parse(data) !== this.run) location.reload(); });
    stream.addEventListener("telegram", ({ data }) => this.hear(JSON.parse(data)));
    stream.addEventListener("people", ({ data }) => this.describe(JSON.parse(data)));
    stream.addEventListener("doors", ({ data }) => this.doors.show(JSON.parse(data)));
    stream.addEventListener("happened", ({ data }) => {
      this.doors.happened(JSON.parse(data));
      if (this.settled) this.markTab("doors", document.body.dataset.tab !== "doors");
    });
    setTimeout(() => { this.settled = true; }, 1000);
  }

  /** The bot allows somebody something else than before. */
  describe(people) {
    this.house.people = people;
    this.drawChoices();
    this.person = people.find((one) => one.id === this.person.id);
    document.querySelector(`#who input[value="${this.person.id}"]`).checked = true;
    document.querySelector(`#where input[value="${this.inGroup ? "group" : "private"}"]`).checked = true;
    this.drawUnread();
    this.conversation.describe(this.person);
  }

  hear(event) {
    this.conversation.hear(event);
    const news = event.what === "message" && event.detail.message.from.is_bot;
    if (!news || event.where === this.conversation.chat) return;
    this.unread.set(event.where, (this.unread.get(event.where) ?? 0) + 1);
    this.drawUnread();
  }
}

function choice(group, value, picture, name, note, chosen) {
  const input = el("input", { type: "radio", name: group, value, onchange: chosen });
  return el("label", { class: "choice" }, input, picture, el("span", {}, el("b", {}, name), el("small", {}, note)), el("i", { class: "count", hidden: true }));
}

function mark(group, value, number) {
  const badge = document.querySelector(`#${group} input[value="${value}"]`).parentElement.querySelector(".count");
  badge.hidden = !number;
  badge.textContent = number ?? "";
  badge.setAttribute("aria-label", `${number ?? 0} unread`);
}

async function start() {
  const plan = await attempt(() => ask("/house"));
  if (!plan) return;
  const page = new Page(plan);
  await page.start(new URLSearchParams(location.search));
}

window.addEventListener("unhandledrejection", () => toast("Something went wrong on this page. Reload it.", "fault"));
start();
