// One sign and one word per state, the same in the panel as in the completions.
const STATES = {
  queued: ["⏳", "queued"],
  running: ["▶️", "running"],
  syncing: ["🔄", "in sync"],
  paused: ["⏸️", "paused"],
  succeeded: ["✅", "done"],
  failed: ["❌", "failed"],
  stopped: ["⏹️", "stopped"],
};

export function stateWords(state) {
  const [sign, word] = STATES[state] ?? ["▶️", state];
  return { sign, word };
}
