/** Tells when something visible changed, by the sandbox's event stream, and whether the stream is up. */

const RETRY_MS = 2000;

/**
 * Listen for ever; a stream that closes is opened again.
 *
 * @param {(version: number) => void} onVersion
 * @param {(isUp: boolean) => void} onConnection
 */
export function listen(onVersion, onConnection) {
  const source = new EventSource("/sandbox/stream");
  source.addEventListener("open", () => onConnection(true));
  source.addEventListener("message", (event) => onVersion(versionIn(event.data)));
  source.addEventListener("error", () => {
    onConnection(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onVersion, onConnection), RETRY_MS);
  });
}

function versionIn(data) {
  try {
    return Number(JSON.parse(data).version);
  } catch {
    return Number.NaN;
  }
}
