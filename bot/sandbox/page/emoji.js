/** Draws the emoji that messages here use; others stay as :name:, which Slack does with unknown ones too. */

import { h } from "./element.js";

const EMOJI = new Map(
  Object.entries({
    "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_down: "⬇️", arrow_forward: "▶️", arrow_right: "➡️",
    arrow_up: "⬆️", arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bangbang: "‼️", bar_chart: "📊",
    bell: "🔔", black_square_for_stop: "⏹️", bulb: "💡", calendar: "📆", chart_with_upwards_trend: "📈",
    clipboard: "📋", clock1: "🕐", double_vertical_bar: "⏸️", eyes: "👀", exclamation: "❗", fast_forward: "⏩",
    fire: "🔥", gear: "⚙️", grey_question: "❔", hand: "✋", heavy_check_mark: "✔️", heavy_multiplication_x: "✖️",
    hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑", large_blue_circle: "🔵",
    large_green_circle: "🟢", large_orange_circle: "🟠", large_red_circle: "🔴", large_yellow_circle: "🟡",
    leftwards_arrow_with_hook: "↩️", link: "🔗", lock: "🔒", mag: "🔍", mega: "📣", memo: "📝", mute: "🔇",
    no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", ok: "🆗", pause_button: "⏸️", pencil: "📝",
    pushpin: "📌", question: "❓", raised_hand: "✋", red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀",
    rotating_light: "🚨", shield: "🛡️", sleeping: "😴", smile: "😄", snowflake: "❄️", speaker: "🔈", star: "⭐",
    stop_button: "⏹️", stopwatch: "⏱️", tada: "🎉", test_tube: "🧪", thumbsup: "👍", thumbsdown: "👎", toggle_on: "🔛",
    triangular_flag_on_post: "🚩", unlock: "🔓", warning: "⚠️", wastebasket: "🗑️", wave: "👋", white_check_mark: "✅",
    white_circle: "⚪", black_circle: "⚫", wrench: "🔧", x: "❌", zap: "⚡",
  }),
);

const SHORTCODE = /:([a-z0-9_+'-]+):/g;

/** Return the node of one emoji. @param {string} name without the colons */
export function emoji(name) {
  const drawn = EMOJI.get(name);
  if (!drawn) return document.createTextNode(`:${name}:`);
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, drawn);
}

/** Return the nodes of a plain text in which only shortcodes mean something. @param {string} text */
export function withEmoji(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(SHORTCODE)) {
    nodes.push(text.slice(end, found.index), emoji(found[1]));
    end = found.index + found[0].length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}
