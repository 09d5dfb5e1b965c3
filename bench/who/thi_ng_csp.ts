/**
 * @thi.ng/csp: channels between async functions.
 *
 * @module
 */
import { type Channel, channel } from "@thi.ng/csp";
import type { Who } from "../_ops.ts";

export const thiNgCsp: Who = {
  ops: {
    queueWait: () => async (n) => {
      const [ping, pong] = [channel<number>(), channel<number>()];
      let left = n;
      /** Two take turns, so that each read has to wait for its value. */
      async function takeTurns(own: Channel<number>, other: Channel<number>): Promise<void> {
        while (left > 0) {
          await own.read();
          left--;
          other.offer(left);
        }
      }
      const both = [takeTurns(ping, pong), takeTurns(pong, ping)];
      ping.offer(left);
      await Promise.all(both);
    },
  },
};
