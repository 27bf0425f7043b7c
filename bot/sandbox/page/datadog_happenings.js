/** Draws what somebody may do in Datadog itself: trip a guardrail, decide what waits there, let time pass. */

import { h } from "./element.js";

/** Return a button that lets something happen in Datadog. @param {string} tail of the people API's address */
export function happening(words, tail, body, more = {}) {
  const look = { type: "button", class: "small", "data-tail": tail, "data-body": JSON.stringify(body) };
  return h("button", { ...look, "data-happening": `${words} ${look["data-body"]}`, ...more }, words);
}

/** Return the button that lets a metric pause a running rollout. */
export function tripButton(flag, environment, rollout) {
  const body = { flag, environment, rollout: rollout.name, guardrail: "PAUSE", metric: "checkout.p99" };
  return happening("Trip its guardrail", "drift", body, { "aria-label": `Trip the guardrail of ${rollout.name} in ${environment}` });
}

/** Draw the changes that wait for Datadog's own approval. */
export function drawSuggestions(suggestions, state) {
  return suggestions.filter((one) => one.state === "open").map((one) => drawSuggestion(one, state));
}

function drawSuggestion(one, state) {
  const flag = state.flags.find((each) => each.id === one.flag_id)?.key ?? one.flag_id;
  const where = state.environments.find((each) => each.id === one.environment_id)?.name ?? "every environment";
  const act = (words, verdict) => happening(words, `suggestions/${one.id}/${verdict}`, {}, { "aria-label": `${words} the change of ${flag}` });
  return h(
    "div",
    { class: "entry-block", "data-suggestion": one.id },
    h("p", {}, "A change of ", h("code", {}, flag), ` in ${where}`),
    h("div", { class: "row" }, act("Approve", "approve"), act("Withdraw", "withdraw")),
  );
}
