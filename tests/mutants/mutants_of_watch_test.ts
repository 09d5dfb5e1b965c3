import { testKills } from "./_kills.ts";
import { watchMutants } from "./_mutants_watch.ts";

testKills(watchMutants);
