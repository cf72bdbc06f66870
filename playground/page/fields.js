// What can be filled in: texts, lists, people, channels, dates. Each answers with the value that Slack would send.
import { el } from "./dom.js";
import { plain } from "./plain.js";

/** What a choice is called on its way to the app, by the kind of the element. */
export const NAMES = {
  static_select: "selected_option",
  multi_static_select: "selected_options",
  radio_buttons: "selected_option",
  checkboxes: "selected_options",
  users_select: "selected_user",
  multi_users_select: "selected_users",
  conversations_select: "selected_conversation",
  multi_conversations_select: "selected_conversations",
  channels_select: "selected_channel",
  multi_channels_select: "selected_channels",
  datepicker: "selected_date",
  timepicker: "selected_time",
  datetimepicker: "selected_date_time",
  plain_text_input: "value",
  number_input: "value",
  email_text_input: "value",
  url_text_input: "value",
};

/** What *element* shows before anybody touched it, where the form was opened in the channel *here*. */
export function initialOf(element, here) {
  const name = NAMES[element.type];
  if (name === "value") return element.initial_value ?? "";
  const given = element[name.replace("selected", "initial")];
  const many = name.endsWith("s");
  if (given === undefined && element.default_to_current_conversation && here) return many ? [here] : here;
  if (many) return (given ?? []).map((one) => one.value ?? one);
  return given?.value ?? given ?? null;
}

/**
 * The control for *element* with *value* in it. `change(value, done)` hears each change; *done* says that the
 * person is through with it (chose, or pressed Enter), which is when a form with dispatch_action tells the app.
 */
export function fieldNode(element, { value, change, store, props = {} }) {
  const own = { "aria-label": plain(element.placeholder) || undefined, data: { focus: `action:${element.action_id}` }, ...props };
  return KINDS[element.type](element, { value, change, store, own });
}

function text(element, { value, change, own }) {
  const tag = element.multiline ? "textarea" : "input";
  const kinds = { number_input: "number", email_text_input: "email", url_text_input: "url" };
  const rest = element.multiline ? { rows: "4" } : { type: kinds[element.type] ?? "text", step: element.is_decimal_allowed ? "any" : undefined };
  const limits = { maxlength: element.max_length ?? 3000, min: element.min_value, max: element.max_value };
  const node = el(tag, { class: "input", placeholder: plain(element.placeholder), autocomplete: "off", ...rest, ...limits, ...own });
  node.value = value ?? "";
  node.addEventListener("input", () => change(node.value, false));
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !element.multiline && !event.isComposing) change(node.value, true);
  });
  return node;
}

/** {value, label, description} of what a list offers. */
function offers(element, store) {
  switch (element.type) {
    case "users_select":
    case "multi_users_select":
      return [...store.users.values()].map((user) => ({ value: user.id, label: user.real_name ?? user.name }));
    case "conversations_select":
    case "multi_conversations_select":
    case "channels_select":
    case "multi_channels_select":
      return channels(element, store);
    default:
      return groups(element).flatMap((group) => group.options);
  }
}

function channels(element, store) {
  const kinds = element.type.includes("channels") ? ["public"] : element.filter?.include ?? ["public", "private", "im"];
  const kind = (channel) => (channel.is_im ? "im" : channel.is_private ? "private" : "public");
  return [...store.channels.values()]
    .filter((channel) => kinds.includes(kind(channel)) && !channel.is_archived && !(channel.is_im && element.filter?.exclude_bot_users))
    .map((channel) => ({ value: channel.id, label: channel.is_im ? store.workspace.bot.name : `#${channel.name}` }));
}

function groups(element) {
  const option = (one) => ({ value: one.value, label: plain(one.text), description: plain(one.description) });
  const list = element.option_groups ?? [{ options: element.options ?? [] }];
  return list.map((group) => ({ label: group.label && plain(group.label), options: (group.options ?? []).map(option) }));
}

function select(element, { value, change, store, own }) {
  const made = ({ value: one, label, description }) => el("option", { value: one, title: description || undefined }, label);
  const known = offers(element, store);
  const inside = element.option_groups
    ? groups(element).map((group) => el("optgroup", { label: group.label }, group.options.map(made)))
    : known.map(made);
  const chosen = known.some((one) => one.value === value) ? value : "";
  const node = el(
    "select",
    { class: "select", "aria-label": plain(element.placeholder) || "Choose", ...own },
    el("option", { value: "", disabled: true, hidden: chosen !== "" }, plain(element.placeholder) || "Choose…"),
    inside,
  );
  node.value = chosen;
  node.addEventListener("change", () => change(node.value, true));
  return node;
}

/** Some of many: in a form and in a message a list of boxes to tick; long ones scroll. */
function boxes(element, { value, change, store, own }) {
  const many = NAMES[element.type].endsWith("s");
  const chosen = new Set(many ? value ?? [] : [value]);
  const name = `${own.id ?? "choice"}-${element.action_id}-${Math.random().toString(36).slice(2)}`;
  const most = element.max_selected_items ?? Infinity;
  const row = ({ value: one, label, description }) => {
    const box = el("input", { type: many ? "checkbox" : "radio", name, checked: chosen.has(one) });
    box.addEventListener("change", () => {
      if (!many) chosen.clear();
      if (box.checked) chosen.add(one);
      else chosen.delete(one);
      if (chosen.size > most) {
        chosen.delete(one);
        box.checked = false;
      }
      change(many ? [...chosen] : one, true);
    });
    return el("label", { class: "box" }, box, el("span", {}, label, description && el("small", {}, description)));
  };
  const { "aria-label": label, ...rest } = own;
  return el("div", { class: "boxes", role: many ? "group" : "radiogroup", "aria-label": label, ...rest }, offers(element, store).map(row));
}

function moment(element, { value, change, own }) {
  const type = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" }[element.type];
  const node = el("input", { class: "input input-short", type, ...own });
  const local = (unix) => new Date(unix * 1000 - new Date(unix * 1000).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  node.value = type === "datetime-local" && value ? local(value) : value ?? "";
  node.addEventListener("change", () =>
    change(type === "datetime-local" ? Math.floor(new Date(node.value).getTime() / 1000) : node.value, true),
  );
  return node;
}

const KINDS = {
  static_select: select,
  users_select: select,
  conversations_select: select,
  channels_select: select,
  multi_static_select: boxes,
  multi_users_select: boxes,
  multi_conversations_select: boxes,
  multi_channels_select: boxes,
  checkboxes: boxes,
  radio_buttons: boxes,
  datepicker: moment,
  timepicker: moment,
  datetimepicker: moment,
  plain_text_input: text,
  number_input: text,
  email_text_input: text,
  url_text_input: text,
};
