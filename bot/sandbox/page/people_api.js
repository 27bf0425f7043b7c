/** Speaks with the sandbox's people API. */

/** What the sandbox refused, or that it did not answer; the message is for a person. */
export class ApiFailure extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Return the JSON at a path. @param {string} path @param {Record<string, string>} [query] */
export function read(path, query = {}) {
  const text = new URLSearchParams(query).toString();
  return ask(text ? `${path}?${text}` : path, { headers: { Accept: "application/json" } });
}

/** Send JSON and return the answer. @param {string} path @param {object} body @param {string} [method] */
export function send(path, body, method = "POST") {
  return ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, cache: "no-store" });
  } catch {
    throw new ApiFailure("unreachable", "The sandbox does not answer. Is it still running?");
  }
  const answer = await parsed(response);
  if (response.ok && answer?.ok !== false) return answer;
  throw new ApiFailure(answer?.error ?? `http_${response.status}`, sentence(answer, response.status, path));
}

/** The people API says it in `message`, the sandbox's Datadog in `errors`. */
function sentence(answer, status, path) {
  const [first] = answer?.errors ?? [];
  const said = answer?.message ?? first?.detail ?? first?.title ?? first;
  return said ? String(said) : `The sandbox answered ${status} to ${path}.`;
}

async function parsed(response) {
  if (response.status === 204) return {};
  try {
    return await response.json();
  } catch {
    if (response.ok) throw new ApiFailure("not_json", "The sandbox gave an answer that is not JSON.");
    return null;
  }
}
