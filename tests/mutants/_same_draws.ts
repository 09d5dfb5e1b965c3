/**
 * Loaded before tests that draw at random, where a bug is planted: they draw the same each time, so that whether it is
 * found is no matter of luck. Elsewhere they draw anew each time.
 *
 * @module
 */
import fc from "fast-check";

fc.configureGlobal({ seed: 1 });
