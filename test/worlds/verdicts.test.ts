import { playWorlds } from "./play.ts";

playWorlds("verdicts");
