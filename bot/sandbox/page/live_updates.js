/**
 * Tells when something visible changed, by the sandbox's event stream, and whether the stream is up.
 *
 * A browser keeps no more than six connections to one server, so the tabs share one stream: the tab that holds the
 * lock listens and tells the others, and when it is closed the next one takes over.
 */

const RETRY_MS = 2000;
const NAME = "sandbox-stream";

/**
 * Listen for ever.
 *
 * @param {(version: number) => void} onVersion
 * @param {(isUp: boolean) => void} onConnection
 */
export function listen(onVersion, onConnection) {
  const tabs = new BroadcastChannel(NAME);
  let leads = false;
  const told = { version: Number.NaN, isUp: false };
  const take = (news) => {
    Object.assign(told, news);
    if ("isUp" in news) onConnection(news.isUp);
    if ("version" in news) onVersion(news.version);
  };
  const tell = (news) => {
    take(news);
    tabs.postMessage(news);
  };
  tabs.addEventListener("message", ({ data }) => {
    if (data !== "what is new?") take(data);
    else if (leads) tabs.postMessage({ ...told });
  });
  tabs.postMessage("what is new?");
  void navigator.locks.request(NAME, () => {
    leads = true;
    open(tell);
    return new Promise(() => undefined);
  });
}

function open(tell) {
  const source = new EventSource("/sandbox/stream");
  source.addEventListener("open", () => tell({ isUp: true }));
  source.addEventListener("message", (event) => tell({ version: versionIn(event.data) }));
  source.addEventListener("error", () => {
    tell({ isUp: false });
    if (source.readyState === EventSource.CLOSED) setTimeout(() => open(tell), RETRY_MS);
  });
}

function versionIn(data) {
  try {
    return Number(JSON.parse(data).version);
  } catch {
    return Number.NaN;
  }
}
