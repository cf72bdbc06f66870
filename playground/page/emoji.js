// The short names people and apps use here; any other stays as it was written.
export const EMOJI = new Map(Object.entries({
  hourglass_flowing_sand: "⏳", hourglass: "⌛", arrow_forward: "▶️", arrows_counterclockwise: "🔄",
  double_vertical_bar: "⏸️", pause_button: "⏸️", white_check_mark: "✅", x: "❌", black_square_for_stop: "⏹️",
  stop_button: "⏹️", warning: "⚠️", bell: "🔔", no_bell: "🔕", mute: "🔇", eyes: "👀", rocket: "🚀",
  tada: "🎉", "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", wave: "👋", fire: "🔥", cloud: "☁️",
  heavy_check_mark: "✔️", question: "❓", exclamation: "❗", information_source: "ℹ️", bulb: "💡", link: "🔗",
  clock1: "🕐", stopwatch: "⏱️", calendar: "📅", chart_with_upwards_trend: "📈", bar_chart: "📊", package: "📦",
  floppy_disk: "💾", lock: "🔒", key: "🔑", gear: "⚙️", mag: "🔍", pushpin: "📌", red_circle: "🔴",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_blue_circle: "🔵", white_circle: "⚪",
  smile: "😄", slightly_smiling_face: "🙂", heart: "❤️", thinking_face: "🤔", pray: "🙏", raised_hands: "🙌",
  speech_balloon: "💬", zzz: "💤", sos: "🆘", construction: "🚧", "100": "💯",
}));

const NAME = /^:([a-z0-9_+'-]{1,60}):/;

/** The sign whose short name *text* starts with, as {sign, length}, or null. */
export function emojiAt(text) {
  const match = NAME.exec(text);
  const sign = match && EMOJI.get(match[1]);
  return sign ? { sign, length: match[0].length } : null;
}
