/** Draws what else Datadog holds: synthetic tests, deployments, calls and change events. */

import { h } from "./element.js";
import { pill } from "./datadog_flags.js";

const CALLS_SHOWN = 15;
const EVENTS_SHOWN = 8;

export function drawTests(tests) {
  return tests.map((test) =>
    h(
      "div",
      { class: "entry-block", "data-test": test.public_id, "data-status": test.status },
      h("div", { class: "row" }, h("span", {}, test.name), pill(test.status)),
      h("p", { class: "quiet" }, h("code", {}, test.public_id), ` ${(test.tags ?? []).join(" ")}`),
    ),
  );
}

export function drawDeployments(deployments) {
  return deployments.map((one) => {
    const hosts = one.hosts ?? [];
    const done = hosts.filter((host) => host.status === "succeeded").length;
    return h(
      "div",
      { class: "entry-block", "data-deployment": one.id, "data-status": one.status },
      h("div", { class: "row" }, h("code", {}, one.id), pill(one.status)),
      h("p", { class: "quiet" }, `${one.version ?? ""} · ${one.query ?? ""} · ${done} of ${hosts.length} hosts`),
    );
  });
}

export function drawCalls(calls) {
  if (!calls.length) return [nothing("No calls yet.")];
  return calls.slice(-CALLS_SHOWN).reverse().map(drawCall);
}

export function drawEvents(events) {
  if (!events.length) return [nothing("No change events yet.")];
  return events.slice(-EVENTS_SHOWN).reverse().map((event) =>
    h("div", { class: "call", "data-event": event.id }, timeOf(event.at), h("span", {}, event.attributes?.title ?? event.uid)),
  );
}

function drawCall(call) {
  const isWrite = call.method !== "GET";
  const came = call.status === 0 ? "dropped" : String(call.status);
  const good = call.status >= 200 && call.status < 300;
  return h(
    "div",
    { class: isWrite ? "call write" : "call", "data-call": call.n, "data-method": call.method, "data-applied": String(call.applied) },
    timeOf(call.at),
    h("b", {}, call.method),
    h("code", { title: call.path }, call.path.replace(/^\/api\/(v\d|unstable)\//, "")),
    h("span", { class: good ? "came" : "came bad" }, came),
    isWrite && h("span", { class: "quiet" }, call.applied ? "applied" : "not applied"),
  );
}

function timeOf(at) {
  const moment = new Date(typeof at === "number" ? at * 1000 : at);
  if (Number.isNaN(moment.getTime())) return null;
  return h("time", { class: "quiet", datetime: moment.toISOString() }, moment.toTimeString().slice(0, 8));
}

function nothing(text) {
  return h("p", { class: "quiet" }, text);
}
