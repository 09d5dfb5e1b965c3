/**
 * Coroutines in several contexts: scheduled, entered and woken there, and moving from one to another.
 *
 * A context resumes those that are scheduled in it when the leader polls it: in one round, those who
 * were scheduled before. Outside all rounds, the first context is the current one. A coroutine that
 * is woken goes on in the context where it ran last.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec } from "../../mod.ts";
import {
  entered,
  type Extent,
  LEADER,
  Life,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  moreActions,
} from "../core/_lifecycle.ts";
import {
  contextActions,
  contextClaims,
  contextFields,
  contextInit,
  type Contexts,
  goOnPolling,
  inContexts,
  isScheduled,
} from "./_contexts.ts";

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody is scheduled who has not yielded": (s: Contexts) =>
    s.status.every((_, who) => !entered(s, who) || !isScheduled(s, who)),
  "a coroutine stays where it is": (s: Contexts) => s.home.every((home) => home !== "other"),
  "a round resumes one coroutine": (s: Contexts) => s.round.length === 0,
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` of them in two contexts.
 *
 * @param scope How many coroutines; which claims.
 */
export function aioContext(
  { coroutines: n = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: Contexts) => boolean>;
  } = {},
) {
  const life: Life<Contexts> = new Life<Contexts>({
    ...inContexts,
    back: (s) => goOnPolling(s, life),
  });
  return spec({
    name: "aio_context",
    state: Schema.Struct({ ...lifecycleFields(n), ...contextFields(n) }),
    init: [{ ...lifecycleInit(n), ...contextInit(n) }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      ...contextActions(n, life),
    },
    always: {
      ...lifecycleClaims(inContexts.shielded),
      ...contextClaims,
      ...always,
    },
    sometimes: {
      "one has scheduled itself": (s) => s.current !== LEADER && isScheduled(s, s.current),
      "all but one are still to be resumed in a round": (s) =>
        s.polled !== null && s.round.length === n - 1,
      "one is scheduled by a wake-up from another context": (s) =>
        s.polled === "other" && s.scheduled.at("main").length > 0,
      "one is at home in a context that was closed": (s) =>
        s.closed.at("other") && s.home.some((home) => home === "other"),
      "all have ended": (s) => s.status.every((status) => status === "terminated"),
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
