/**
 * A Worker that answers each message: what `bench/threads.ts` compares with.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
self.onmessage = ({ data, ports }: MessageEvent) => {
  const [port] = ports;
  if (port === undefined) return;
  if (data === "pong") {
    port.onmessage = (event) => port.postMessage(event.data);
    self.postMessage("ready");
    return;
  }
  let n = 0;
  let begin = 0;
  const rounds: number = data;
  port.onmessage = () => {
    if (n === 100) begin = performance.now();
    if (n++ < rounds + 100) port.postMessage(n);
    else self.postMessage((performance.now() - begin) * 1e6 / rounds);
  };
  port.postMessage(0);
};
