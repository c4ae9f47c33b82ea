/** Block Kit blocks to DOM nodes, on any surface: message, modal, Home. */

import { h } from './dom.js';
import { renderElement } from './elements.js';
import { markdown } from './markdown.js';
import { picture } from './picture.js';
import { richText } from './richtext.js';
import { table } from './table.js';
import { plainText, textObject } from './text.js';

/** All blocks of a surface. `ctx` as in elements.js, with `errors` {block_id: words} on a modal. */
export function renderBlocks(blocks, ctx) {
  ctx.form.beginDraw();
  const nodes = blocks.map((block) => renderBlock(block, ctx));
  ctx.form.endDraw();
  return nodes;
}

function renderBlock(block, ctx) {
  const draw = DRAW[block.type];
  const body = draw ? draw(block, ctx) : h('div', { class: 'unknown-block' }, `The block “${block.type}” is not drawn on this page.`);
  body.classList.add('block', `block-${block.type.replaceAll('_', '-')}`);
  if (block.block_id) body.dataset.blockId = block.block_id;
  return body;
}

const DRAW = {
  header: (block) => h('h3', {}, textObject(block.text)),
  divider: () => h('hr'),
  section,
  context,
  actions: (block, ctx) => h('div', { role: 'group', 'aria-label': 'Actions' }, (block.elements ?? []).map((element) => renderElement(element, block, ctx))),
  context_actions: (block, ctx) => h('div', {}, (block.elements ?? []).map((element) => renderElement(element, block, ctx))),
  rich_text: (block) => h('div', {}, richText(block.elements)),
  markdown: (block) => h('div', {}, markdown(block.text ?? '')),
  image: imageBlock,
  table: (block) => table(block),
  input,
  alert: (block) => h('div', { class: `alert-${block.level ?? 'default'}` }, textObject(block.text)),
  video: (block) => h('div', {}, h('strong', {}, plainText(block.title)), h('div', {}, plainText(block.description))),
  file: (block) => h('div', { class: 'unknown-block' }, `File ${block.external_id ?? ''}`),
};

function section(block, ctx) {
  const words = h('div', { class: 'section-words' },
    block.text ? h('div', { class: 'section-text' }, textObject(block.text)) : null,
    block.fields ? h('div', { class: 'section-fields' }, block.fields.map((field) => h('div', { class: 'section-field' }, textObject(field)))) : null);
  const side = block.accessory ? h('div', { class: `section-side side-${block.accessory.type.replaceAll('_', '-')}` }, renderElement(block.accessory, block, ctx)) : null;
  return h('div', {}, words, side);
}

function context(block) {
  return h('div', {}, (block.elements ?? []).map((element) => (element.type === 'image'
    ? picture(element, 'context-image')
    : h('span', { class: 'context-text' }, textObject(element)))));
}

function imageBlock(block) {
  return h('figure', {}, block.title ? h('figcaption', {}, plainText(block.title)) : null, picture(block, 'block-picture'));
}

const GROUPED = new Set(['checkboxes', 'radio_buttons']);
let inputs = 0;

function input(block, ctx) {
  const id = `input-${inputs += 1}`;
  const error = ctx.errors?.[block.block_id];
  const element = block.element ?? {};
  const grouped = GROUPED.has(element.type);
  const words = [plainText(block.label), block.optional ? h('span', { class: 'input-optional' }, ' (optional)') : null];
  const label = grouped ? h('div', { class: 'input-label', id: `${id}-label` }, words) : h('label', { class: 'input-label', for: id }, words);
  const where = {
    id, labelId: `${id}-label`, inInput: true, dispatch: Boolean(block.dispatch_action), optional: Boolean(block.optional), required: !block.optional,
    autofocus: Boolean(element.focus_on_load), error, describedBy: [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || null,
  };
  const body = h('div', {}, label, renderElement(element, block, ctx, where),
    error ? h('div', { class: 'input-error', id: `${id}-error`, role: 'alert', data: { testid: 'input-error' } }, error) : null,
    block.hint ? h('div', { class: 'input-hint', id: `${id}-hint` }, plainText(block.hint)) : null);
  if (error) body.classList.add('has-error');
  return body;
}
