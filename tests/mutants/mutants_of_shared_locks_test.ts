import { testKills } from "./_kills.ts";
import { sharedLockMutants } from "./_mutants_shared_locks.ts";

testKills(sharedLockMutants);
