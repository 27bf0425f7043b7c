/** Draws environments, flags and rollouts as they truly are. */

import { tripButton } from "./datadog_happenings.js";
import { h } from "./element.js";

const GOOD = new Set(["ENABLED", "live", "running", "completed", "succeeded", "finished"]);
const HALTED = new Set(["paused", "pending", "not started"]);
const BAD = new Set(["stopped", "canceled", "failed", "completed_with_errors"]);

/** Return a state in words, with a colour that only repeats what they say. @param {string} state */
export function pill(state) {
  const tone = GOOD.has(state) ? "good" : HALTED.has(state) ? "halted" : BAD.has(state) ? "bad" : "still";
  return h("span", { class: `pill pill-${tone}` }, state.replaceAll("_", " "));
}

/** Return the mark of production. */
function productionMark(isProduction) {
  return isProduction ? h("span", { class: "production" }, "PRODUCTION") : null;
}

export function drawEnvironments(environments) {
  return environments.map((one) =>
    h(
      "div",
      { class: "row", "data-env": one.name, "data-production": String(one.is_production) },
      h("strong", {}, one.name),
      productionMark(one.is_production),
      h("code", { class: "quiet" }, one.queries.join(", ")),
    ),
  );
}

export function drawFlags(flags, state) {
  const production = new Set(state.environments.filter((one) => one.is_production).map((one) => one.name));
  return flags.map((flag) => drawFlag(flag, production));
}

function drawFlag(flag, production) {
  const rows = Object.entries(flag.environments).map(([name, setting]) => drawSetting(flag, name, setting, production));
  return h(
    "section",
    { class: "flag", "data-flag-card": flag.key, "data-archived": String(flag.archived) },
    h("h3", {}, h("code", {}, flag.key), flag.archived && pill("archived")),
    h("p", { class: "quiet" }, flag.name, h("span", {}, ` · coded default ${flag.default_served}`)),
    rows,
  );
}

function drawSetting(flag, name, setting, production) {
  const marks = { "data-flag": flag.key, "data-env": name, "data-status": setting.status };
  const waiting = setting.pending_suggestion && h("span", { class: "quiet" }, "a change waits for Datadog's own approval");
  const line = h("div", { class: "row" }, h("span", {}, name), productionMark(production.has(name)), pill(setting.status), waiting);
  return h("div", { class: "setting", ...marks }, line, (setting.rollouts ?? []).map((rollout) => drawRollout(rollout, flag.key, name)));
}

function drawRollout(rollout, flag, environment) {
  const percent = Math.round(rollout.ratio * 1000) / 10;
  const guardrail = rollout.guardrail && h("p", { class: "guardrail" }, guardrailWords(rollout.guardrail));
  return h(
    "div",
    { class: "rollout", "data-rollout": rollout.id, "data-rollout-name": rollout.name, "data-state": rollout.state },
    h("div", { class: "row" }, h("span", { class: "rollout-name" }, rollout.name), pill(rollout.state)),
    stepBar(rollout),
    h(
      "div",
      { class: "row" },
      h("span", { class: "quiet" }, `${percent} % · step ${rollout.step} of ${rollout.steps}`),
      rollout.state === "running" && tripButton(flag, environment, rollout),
    ),
    guardrail,
  );
}

function stepBar(rollout) {
  const steps = Array.from({ length: rollout.steps }, (_, index) =>
    h("span", { class: index < rollout.step ? "step done" : "step" }),
  );
  return h("div", { class: `steps steps-${rollout.state.replaceAll(" ", "-")}`, "aria-hidden": true }, steps);
}

function guardrailWords(guardrail) {
  if (typeof guardrail === "string") return `Guardrail: ${guardrail}`;
  const did = guardrail.action === "PAUSE" ? "paused" : "aborted";
  return `A guardrail ${did} it: ${guardrail.metrics.join(", ")}`;
}
