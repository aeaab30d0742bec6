/** The simulated doors: what each bolt does, and the switches for everything that can be wrong with it. */

import { ageOf, attempt, el, exactTimeOf, tell } from "/parts.js";

const $ = (id) => document.getElementById(id);
const [EMPTY_MV, FULL_MV, LOW_PERCENT] = [6400, 8200, 20];
const MOST_EVENTS = 60;
const volts = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(undefined, { style: "percent" });

const HAPPENED = {
  updated: "is updated",
  unlocking: "starts to unlock",
  unlocked: "is unlocked",
  locking: "starts to lock",
  locked: "is locked",
  jammed: "is jammed",
  calibrating: "starts to calibrate",
  calibrated: "is calibrated",
  synchronised: "is synchronised",
  "pin created": "has a new code",
  "pin updated": "has a changed code",
  "pin deleted": "has lost a code",
  "share created": "has a new share",
  "share updated": "has a changed share",
  "share deleted": "has lost a share",
  dropped: "drops an instruction",
};
const BY = { hand: "by hand", autolock: "by itself" };

export class Doors {
  constructor(doors) {
    this.cards = doors.map((door) => new (door.make === "KAS" ? KasCard : TheKeysCard)(door));
    this.titles = new Map(doors.flatMap((door) => [[door.identifier, door.title], ["gateway", "The gateway"], ["cloud", "The cloud"]]));
    $("cards").replaceChildren(...this.cards.map((card) => card.node));
    $("strip").replaceChildren(...this.cards.map((card) => card.small));
    $("happened").append(el("li", { class: "none" }, "Nothing yet."));
    setInterval(() => this.age(), 1000);
  }

  show(states) {
    for (const card of this.cards) card.show(states[card.door.name]);
  }

  happened(event) {
    const list = $("happened");
    list.querySelector(".none")?.remove();
    const by = BY[event.detail.by] ?? (event.request === null ? "" : "on a request");
    list.prepend(el("li", { class: event.what },
      el("span", {}, el("b", {}, this.titles.get(event.where) ?? event.where), ` ${HAPPENED[event.what] ?? event.what}${by ? ` ${by}` : ""}`),
      el("time", { title: exactTimeOf(event.at), datetime: new Date(event.at * 1000).toISOString(), data: { at: event.at } }, ageOf(event.at))));
    while (list.children.length > MOST_EVENTS) list.lastElementChild.remove();
  }

  age() {
    for (const time of document.querySelectorAll("time[data-at]")) time.textContent = ageOf(Number(time.dataset.at));
  }
}

class Card {
  constructor(door) {
    this.door = door;
    this.shown = {};
    this.picture = $("bolt-picture").content.cloneNode(true).firstElementChild;
    this.word = el("p", { class: "state", "aria-live": "polite" });
    this.turn = el("button", { type: "button", class: "solid turn", onclick: () => this.turnBolt() });
    this.lose = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.loseAnswer(),
      title: "The next command to this door is carried out, but its answer is lost on the way." }, "Lose next answer");
    this.smallWord = el("b", {});
    this.small = el("span", { class: "small-door" }, $("bolt-picture").content.cloneNode(true).firstElementChild,
      el("span", {}, door.title, this.smallWord));
    this.node = el("article", { class: "card", "aria-label": door.title },
      el("header", {}, el("div", {}, el("h3", {}, door.title), el("p", {}, `${door.make} · ${door.identifier}`)), this.word),
      el("div", { class: "mechanics" }, this.picture, el("div", { class: "by-hand" }, this.turn, this.facts())),
      el("div", { class: "switches" }, this.switches()),
      el("div", { class: "troubles" }, this.troubles()));
  }

  facts() { return null; }

  troubles() { return [this.lose]; }

  show(state) {
    this.shown = state;
    const [kind, word] = this.bolt(state);
    this.node.dataset.bolt = kind;
    this.node.dataset.at = state.bolt;
    Object.assign(this.small.dataset, { bolt: kind, at: state.bolt });
    for (const node of [this.word, this.smallWord]) if (node.textContent !== word) node.textContent = word;
    this.turn.textContent = state.bolt === "locked" ? "Unlock by hand" : "Lock by hand";
    this.lose.setAttribute("aria-pressed", String(state.loses_answer));
  }

  bolt(state) {
    if (state.moving) return ["moving", "Moving…"];
    if (state.jammed) return ["jammed", state.bolt === "locked" ? "Jammed, locked" : "Jammed, unlocked"];
    return state.bolt === "locked" ? ["locked", "Locked"] : ["unlocked", "Unlocked"];
  }

  turnBolt() {
    return this.lock({ bolt: this.shown.bolt === "locked" ? "unlocked" : "locked" });
  }

  lock(changes) {
    return attempt(() => tell(`${this.door.control}/locks/${this.door.identifier}`, changes));
  }

  system(changes) {
    return attempt(() => tell(`${this.door.control}/switches`, changes));
  }

  loseAnswer() {
    return attempt(() => tell("/lose", { door: this.door.name, on: !this.shown.loses_answer }));
  }
}

function toggle(label, change) {
  const input = el("input", { type: "checkbox", role: "switch", onchange: () => change(input.checked) });
  return { input, node: el("label", { class: "switch" }, input, el("span", { class: "knob", "aria-hidden": "true" }), label) };
}

class TheKeysCard extends Card {
  facts() {
    this.charge = el("span", { class: "charge" }, el("i", {}));
    this.battery = el("span", {});
    this.swap = el("button", { type: "button", class: "quiet", onclick: () => this.swapBattery() });
    return el("p", { class: "battery" }, this.charge, this.battery, this.swap);
  }

  switches() {
    this.range = toggle("In Bluetooth range", (on) => this.lock({ in_range: on }));
    this.online = toggle("Gateway online", (on) => this.system({ offline: !on }));
    this.jam = toggle("Jammed", (on) => this.lock({ jammed: on }));
    return [this.range.node, this.online.node, this.jam.node];
  }

  troubles() {
    this.busy = el("button", { type: "button", onclick: () => this.system({ busy_seconds: this.shown.busy ? 0 : 20 }) });
    this.sync = el("button", { type: "button", onclick: () => this.system({ synchronising_seconds: this.shown.synchronising ? 0 : 20 }) });
    return [this.busy, this.sync, this.lose];
  }

  show(state) {
    super.show(state);
    const left = Math.min(1, Math.max(0, (state.battery_mv - EMPTY_MV) / (FULL_MV - EMPTY_MV)));
    this.low = left * 100 < LOW_PERCENT;
    this.charge.style.setProperty("--left", left);
    this.charge.classList.toggle("low", this.low);
    this.battery.textContent = `Battery ${percent.format(Math.floor(left * 100) / 100)}`;
    this.battery.title = `${volts.format(state.battery_mv / 1000)} V`;
    this.swap.textContent = this.low ? "Replace it" : "Drain it";
    this.range.input.checked = state.in_range;
    this.online.input.checked = !state.offline;
    this.jam.input.checked = state.jammed;
    count(this.busy, "Busy for 20 s", "Busy", state.busy);
    count(this.sync, "Synchronise for 20 s", "Synchronising", state.synchronising);
  }

  swapBattery() {
    return this.lock({ battery_mv: this.low ? 8000 : 6580 });
  }
}

function count(button, still, running, seconds) {
  button.textContent = seconds ? `${running}, ${seconds} s left` : still;
  button.setAttribute("aria-pressed", String(seconds > 0));
}

class KasCard extends Card {
  facts() {
    return el("p", { class: "aside" }, "Locks itself; KAS tells nobody where its bolt is. Set to CONFIRM: a press is asked about once more.");
  }

  switches() {
    this.gateway = toggle("Its gateway online", (on) => this.lock({ gateway_online: on }));
    this.cloud = toggle("Cloud reachable", (on) => this.system({ offline: !on }));
    return [this.gateway.node, this.cloud.node];
  }

  show(state) {
    super.show(state);
    this.gateway.input.checked = state.gateway_online;
    this.cloud.input.checked = !state.offline;
    if (state.queued) this.word.textContent += ` · ${state.queued} waiting`;
  }
}
