/**
 * Block Kit elements to controls. `ctx` is the surface they stand on:
 *   form     the plain values of its stateful elements (form.js)
 *   act      (element, block, value, control) => Promise, one interaction
 *   suggest  (element, block, typed) => Promise of option groups
 * `where` says how the control is labelled and whether it stands in an input block.
 */

import { h, iconButton } from './dom.js';
import { confirmDialog } from './confirm.js';
import { openMenu } from './menu.js';
import { picture } from './picture.js';
import { picker } from './picker.js';
import { directoryOptions } from './options.js';
import { plainText, textObject } from './text.js';

/** The control for one element, or a line that says the page does not draw this type. */
export function renderElement(element, block, ctx, where = {}) {
  const draw = DRAW[element.type];
  if (draw) return draw(element, block, ctx, where);
  return h('span', { class: 'unknown-block' }, `The element “${element.type}” is not drawn on this page.`);
}

const hooks = (element, block) => ({ actionId: element.action_id, blockId: block.block_id, type: element.type });

const placeholder = (element, fallback) => plainText(element.placeholder) || fallback;

/** Attributes that name and describe a control for assistive technology. */
function naming(where, fallback) {
  return {
    id: where.id, 'aria-label': where.id ? null : fallback, 'aria-describedby': where.describedBy,
    'aria-invalid': where.error ? 'true' : null, 'aria-required': where.required ? 'true' : null,
    'data-autofocus': where.autofocus ? '' : null,
  };
}

/** A change in a stateful element: remembered always, sent when the surface dispatches it. */
export async function changed(element, block, ctx, where, value, control) {
  if (where.inInput && !where.dispatch) {
    ctx.form.enter(block.block_id, element.action_id, value);
    return true;
  }
  if (element.confirm && !(await confirmDialog(element.confirm))) return false;
  ctx.form.set(block.block_id, element.action_id, value);
  ctx.act(element, block, value, control);
  return true;
}

const DRAW = {
  button,
  workflow_button: button,
  icon_button: (element, block, ctx) => button({ ...element, text: element.text ?? { type: 'plain_text', text: element.icon } }, block, ctx),
  feedback_buttons: (element, block, ctx) => h('span', { class: 'button-pair' },
    [element.positive_button, element.negative_button].filter(Boolean)
      .map((part) => button({ ...part, type: 'feedback_buttons', action_id: element.action_id }, block, ctx))),
  image: (element) => picture(element, 'block-thumb'),
  overflow,
  static_select: select,
  users_select: (element, block, ctx, where) => select(directoryOptions(element), block, ctx, where),
  conversations_select: (element, block, ctx, where) => select(directoryOptions(element), block, ctx, where),
  channels_select: (element, block, ctx, where) => select(directoryOptions(element), block, ctx, where),
  external_select: (element, block, ctx, where) => pick(element, block, ctx, where, { many: false, external: true }),
  multi_static_select: (element, block, ctx, where) => pick(element, block, ctx, where, { many: true }),
  multi_external_select: (element, block, ctx, where) => pick(element, block, ctx, where, { many: true, external: true }),
  multi_users_select: (element, block, ctx, where) => pick(directoryOptions(element), block, ctx, where, { many: true }),
  multi_conversations_select: (element, block, ctx, where) => pick(directoryOptions(element), block, ctx, where, { many: true }),
  multi_channels_select: (element, block, ctx, where) => pick(directoryOptions(element), block, ctx, where, { many: true }),
  datepicker: (element, block, ctx, where) => moment(element, block, ctx, where, 'date', 'initial_date'),
  timepicker: (element, block, ctx, where) => moment(element, block, ctx, where, 'time', 'initial_time'),
  datetimepicker,
  checkboxes: (element, block, ctx, where) => choices(element, block, ctx, where, 'checkbox'),
  radio_buttons: (element, block, ctx, where) => choices(element, block, ctx, where, 'radio'),
  plain_text_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  number_input: textInput,
  rich_text_input: (element, block, ctx, where) => textInput({ ...element, multiline: true, initial_value: '' }, block, ctx, where),
};

function button(element, block, ctx) {
  const style = { primary: ' button-primary', danger: ' button-danger' }[element.style] ?? '';
  const control = h('button', {
    type: 'button', class: `button block-button${style}`, 'aria-label': element.accessibility_label, data: hooks(element, block),
  }, h('span', { class: 'button-words' }, plainText(element.text)));
  // Every press is sent: Slack does not hold back a second click, and an app must live with that.
  control.addEventListener('click', async () => {
    if (element.confirm && !(await confirmDialog(element.confirm))) return;
    if (element.url && /^https?:\/\//i.test(element.url)) window.open(element.url, '_blank', 'noopener,noreferrer');
    ctx.act(element, block, element.value ?? null, control);
  });
  return control;
}

function overflow(element, block, ctx) {
  const control = iconButton('dots', 'More actions', () => {
    const items = (element.options ?? []).map((option) => ({
      label: plainText(option.text), detail: plainText(option.description), data: { value: option.value },
      run: async () => {
        if (element.confirm && !(await confirmDialog(element.confirm))) return;
        ctx.act(element, block, option.value, control);
      },
    }));
    openMenu(control, 'More actions', items);
  }, { class: 'button block-overflow', 'aria-haspopup': 'menu', 'aria-expanded': 'false', data: hooks(element, block) });
  return control;
}

const initialOf = (element) => element.initial_option?.value ?? element.initial_user ?? element.initial_conversation
  ?? element.initial_channel ?? null;

function select(element, block, ctx, where) {
  const value = ctx.form.open(block.block_id, element.action_id, initialOf(element));
  const hint = placeholder(element, 'Choose an option');
  const none = h('option', { value: '', disabled: !where.optional, hidden: !where.optional }, hint);
  const control = h('select', { class: 'field field-select', ...naming(where, hint), data: hooks(element, block) }, none, optionNodes(element));
  control.value = value ?? '';
  if (control.selectedIndex < 0) control.value = '';
  control.addEventListener('change', async () => {
    const before = ctx.form.get(block.block_id, element.action_id);
    const kept = await changed(element, block, ctx, where, control.value || null, control);
    if (!kept) control.value = before ?? '';
  });
  return control;
}

function optionNodes(element) {
  const one = (option) => h('option', { value: option.value }, plainText(option.text));
  if (!element.option_groups) return (element.options ?? []).map(one);
  return element.option_groups.map((group) => h('optgroup', { label: plainText(group.label) }, group.options.map(one)));
}

function pick(element, block, ctx, where, { many, external = false }) {
  const hint = placeholder(element, many ? 'Choose options' : 'Start typing');
  return picker({
    element, many, external, hint, naming: naming(where, hint), hooks: hooks(element, block),
    value: ctx.form.open(block.block_id, element.action_id, many ? manyInitial(element) : initialOf(element)),
    load: external ? (typed) => ctx.suggest(element, block, typed) : null,
    change: (value, control) => changed(element, block, ctx, where, value, control),
  });
}

function manyInitial(element) {
  if (element.initial_options) return element.initial_options.map((option) => option.value);
  return element.initial_users ?? element.initial_conversations ?? element.initial_channels ?? [];
}

function moment(element, block, ctx, where, type, initial) {
  const value = ctx.form.open(block.block_id, element.action_id, element[initial] ?? null);
  const hint = placeholder(element, type === 'date' ? 'Pick a date' : 'Pick a time');
  const control = h('input', { type, class: 'field field-moment', ...naming(where, hint), data: hooks(element, block) });
  control.value = value ?? '';
  control.addEventListener('change', () => changed(element, block, ctx, where, control.value || null, control));
  return control;
}

const twoDigits = (n) => String(n).padStart(2, '0');

function localMoment(epoch) {
  const d = new Date(epoch * 1000);
  return `${d.getFullYear()}-${twoDigits(d.getMonth() + 1)}-${twoDigits(d.getDate())}T${twoDigits(d.getHours())}:${twoDigits(d.getMinutes())}`;
}

/** Date and time in the viewer's zone; its value is an epoch in whole seconds. */
function datetimepicker(element, block, ctx, where) {
  const value = ctx.form.open(block.block_id, element.action_id, element.initial_date_time ?? null);
  const control = h('input', { type: 'datetime-local', class: 'field field-moment', ...naming(where, 'Pick a date and time'), data: hooks(element, block) });
  control.value = value === null ? '' : localMoment(value);
  control.addEventListener('change', () => {
    const epoch = control.value ? Math.round(new Date(control.value).getTime() / 1000) : null;
    changed(element, block, ctx, where, epoch, control);
  });
  return control;
}

let names = 0;

function choices(element, block, ctx, where, kind) {
  const many = kind === 'checkbox';
  const initial = many ? (element.initial_options ?? []).map((option) => option.value) : element.initial_option?.value ?? null;
  const value = ctx.form.open(block.block_id, element.action_id, initial);
  const chosen = new Set(many ? value : [value]);
  const name = `choice-${names += 1}`;
  const boxes = [];
  const rows = (element.options ?? []).map((option) => {
    const box = h('input', { type: kind, name, value: option.value, class: 'choice-input', data: { actionId: element.action_id, blockId: block.block_id } });
    box.checked = chosen.has(option.value);
    boxes.push(box);
    return h('label', { class: `choice choice-${kind}` }, box, h('span', { class: 'choice-mark', 'aria-hidden': 'true' }),
      h('span', { class: 'choice-words' }, h('span', {}, textObject(option.text)),
        option.description ? h('span', { class: 'choice-detail' }, textObject(option.description)) : null));
  });
  const root = h('div', { class: 'choices', role: many ? 'group' : 'radiogroup', 'aria-labelledby': where.labelId, 'aria-describedby': where.describedBy,
    'aria-label': where.labelId ? null : 'Choices', data: hooks(element, block) }, rows);
  const read = () => (many ? boxes.filter((box) => box.checked).map((box) => box.value) : boxes.find((box) => box.checked)?.value ?? null);
  root.addEventListener('change', async () => {
    const before = ctx.form.get(block.block_id, element.action_id);
    if (await changed(element, block, ctx, where, read(), root)) return;
    for (const box of boxes) box.checked = many ? before.includes(box.value) : box.value === before;
  });
  return root;
}

const INPUT_TYPES = { email_text_input: 'email', url_text_input: 'url' };

function textInput(element, block, ctx, where) {
  const value = ctx.form.open(block.block_id, element.action_id, element.initial_value ?? null) ?? '';
  const area = element.type !== 'number_input' && element.multiline;
  const hint = placeholder(element, '');
  const control = h(area ? 'textarea' : 'input', {
    type: area ? null : INPUT_TYPES[element.type] ?? 'text', class: 'field field-text', placeholder: hint || null, rows: area ? 4 : null,
    maxlength: element.max_length, inputmode: element.type === 'number_input' ? (element.is_decimal_allowed ? 'decimal' : 'numeric') : null,
    autocomplete: 'off', spellcheck: 'false', ...naming(where, hint || 'Text'), data: hooks(element, block),
  });
  control.value = value;
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  control.addEventListener('input', () => {
    if (where.inInput && !where.dispatch) ctx.form.enter(block.block_id, element.action_id, control.value || null);
    else ctx.form.set(block.block_id, element.action_id, control.value || null);
    if (where.dispatch && triggers.includes('on_character_entered')) ctx.act(element, block, control.value || null, control);
  });
  control.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || area || !where.dispatch || !triggers.includes('on_enter_pressed')) return;
    event.preventDefault();
    event.stopPropagation();
    ctx.act(element, block, control.value || null, control);
  });
  return control;
}
