import { testKills } from "./_kills.ts";
import { handlerMutants } from "./_mutants_handlers.ts";

testKills(handlerMutants);
