/** The market's controls: prices, the session and its clock, trouble, and the orders at the broker. */

import * as api from './api.js';
import { h, iconButton, replace } from './dom.js';
import { Poll } from './poll.js';
import { Spark } from './spark.js';
import { toast } from './toast.js';

const WATCHED = 'workspace-watched';
const FIRST = ['AAPL', 'SPY', 'MSFT'];
const EVERY_MS = 1000;
const STEPS = [-5, -1, 1, 5];
const WHOLE_HOUR = 3600;

/** Trouble one can make. Each is a fault of the broker simulator. */
const TROUBLE = [
  ['Freeze all prices', 'Keep-alives go on, no price comes', { target: 'dxlink', kind: 'freeze', scope: 'data' }],
  ['Cut the price stream', 'The socket breaks; the app comes back and checks the gap', { target: 'dxlink', kind: 'reset' }],
  ['Cut the account stream', 'Fills are then found by the sweep', { target: 'account-stream', kind: 'reset' }],
  ['Drop the answer to the next order', 'It takes effect, and no byte of an answer comes', { target: 'POST /accounts/*/orders', kind: 'accepted-then-dropped', count: 1 }],
  ['Refuse the next order', 'A refusal in the broker’s words', { target: 'POST /accounts/*/orders', kind: 'status', status: 422, count: 1 }],
  ['Slow broker, five answers', 'Two seconds each', { target: '* /*', kind: 'delay', delay_ms: 2000, count: 5 }],
  ['Limit the next request', '429, try again in 2 s', { target: '* /*', kind: 'rate-limit', retry_after: 2, count: 1 }],
];

export class Market {
  constructor() {
    this.watched = JSON.parse(localStorage.getItem(WATCHED) ?? 'null') ?? FIRST;
    this.board = null;
    this.sparks = new WeakMap();
    this.open_ = null;
    this.clock = h('div', { class: 'market-clock' });
    this.quotes = h('ul', { class: 'market-quotes', 'aria-label': 'Watched symbols' });
    this.field = h('input', { class: 'field', type: 'text', name: 'symbol', placeholder: 'Symbol, such as QQQ', 'aria-label': 'Watch a symbol', autocapitalize: 'characters', autocomplete: 'off', spellcheck: 'false', maxlength: '40' });
    this.trouble = h('div', { class: 'market-trouble' });
    this.orders = h('ul', { class: 'market-orders', 'aria-label': 'Orders at the broker' });
    this.root = h('div', { class: 'market', data: { testid: 'market' } },
      this.clock, h('h3', { class: 'dock-title' }, 'Prices'), this.quotes,
      h('form', { class: 'market-add', on: { submit: (event) => this.add(event) } }, this.field, h('button', { type: 'submit', class: 'button' }, 'Watch')),
      h('h3', { class: 'dock-title' }, 'Orders at the broker'), this.orders,
      h('h3', { class: 'dock-title' }, 'Trouble'), this.trouble);
    this.poll = new Poll(() => this.refresh(), EVERY_MS, (error) => { replace(this.clock, h('p', { class: 'dock-error', role: 'status' }, error.message)); });
    this.drawTrouble();
  }

  open() {
    this.poll.start();
  }

  close() {
    this.poll.stop();
  }

  async refresh() {
    this.board = await api.board(this.watched);
    this.drawClock();
    this.drawQuotes();
    this.drawOrders();
    this.drawStanding();
  }

  /** Do something to the market, and look at once. */
  async act(work, done) {
    try {
      await work();
      if (done) toast(done);
    } catch (error) {
      if (!(error instanceof api.ControlError)) throw error;
      toast(error.message, 'error');
    }
    this.poll.now();
  }

  add(event) {
    event.preventDefault();
    const symbol = this.field.value.trim().toUpperCase();
    if (!symbol) return;
    if (!this.watched.includes(symbol)) this.watched = [...this.watched, symbol];
    this.field.value = '';
    this.keep();
  }

  drop(symbol) {
    this.watched = this.watched.filter((one) => one !== symbol);
    this.keep();
  }

  keep() {
    localStorage.setItem(WATCHED, JSON.stringify(this.watched));
    this.poll.now();
  }

  drawClock() {
    const { now, session } = this.board;
    const open = session === 'open';
    if (!this.clock.querySelector('.market-session')) {
      const jump = (words, body, said) => h('button', { type: 'button', class: 'button', on: { click: () => this.act(() => api.broker('clock', body), said) } }, words);
      this.bell = h('button', { type: 'button', class: 'button', data: { testid: 'market-bell' }, on: { click: () => this.ring() } });
      replace(this.clock, h('p', { class: 'market-session' }), h('div', { class: 'market-jumps' }, this.bell,
        jump('+1 hour', { advance_s: WHOLE_HOUR }, 'The market’s clock is an hour further'), jump('+1 day', { advance_s: 24 * WHOLE_HOUR }, 'The market’s clock is a day further')));
    }
    const words = new Date(now).toLocaleString('en-US', { timeZone: 'America/New_York', weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' });
    replace(this.clock.querySelector('.market-session'), h('span', { class: `chip ${open ? 'chip-open' : 'chip-closed'}` }, open ? 'Open' : 'Closed'), ` ${words} New York`);
    this.bell.textContent = open ? 'Close the market' : 'Open the market';
  }

  ring() {
    const session = this.board.session === 'open' ? 'closed' : 'open';
    return this.act(() => api.broker('clock', { session }), session === 'open' ? 'The market is open' : 'The market is closed');
  }

  drawQuotes() {
    const rows = new Map([...this.quotes.children].map((row) => [row.dataset.symbol, row]));
    replace(this.quotes, this.board.quotes.map((quote) => this.quoteRow(quote, rows.get(quote.symbol))));
  }

  /** Rows stay, so that a press or a half typed price is not lost to the next second. */
  quoteRow(quote, known) {
    const row = known ?? this.newRow(quote);
    const words = row.querySelector('.market-price');
    if (!quote.known) {
      replace(words, 'not listed here');
      return row;
    }
    replace(words, h('span', {}, quote.bid), ' / ', h('span', {}, quote.ask), quote.pinned ? h('span', { class: 'chip' }, 'held') : null, quote.halted ? h('span', { class: 'chip chip-closed' }, 'halted') : null);
    const last = row.querySelector('.market-last');
    if (last.textContent && last.textContent !== quote.last) row.classList.toggle('is-up', Number(quote.last) > Number(last.textContent));
    last.textContent = quote.last;
    this.sparks.get(row)?.add(Number(quote.last));
    const halt = row.querySelector('[data-act="halt"]');
    halt.textContent = quote.halted ? 'Resume' : 'Halt';
    halt.setAttribute('aria-label', `${quote.halted ? 'Resume' : 'Halt'} ${quote.symbol}`);
    row.querySelector('[data-act="release"]').hidden = !quote.pinned;
    return row;
  }

  newRow(quote) {
    const { symbol } = quote;
    const price = h('input', { class: 'field', type: 'text', inputmode: 'decimal', name: 'price', placeholder: 'Price', 'aria-label': `New price of ${symbol}`, autocomplete: 'off', maxlength: '12' });
    const button = (words, run, data = {}, label = null) => h('button', { type: 'button', class: 'button', 'aria-label': label, data, on: { click: run } }, words);
    const tools = h('div', { class: 'market-tools' },
      h('div', { class: 'market-steps' }, STEPS.map((step) => button(`${step > 0 ? '+' : '−'}${Math.abs(step)} %`, () => this.move(symbol, step), { step }, `Move ${symbol} by ${step} percent`))),
      h('form', { class: 'market-add', on: { submit: (event) => { event.preventDefault(); this.set(symbol, price); } } }, price, h('button', { type: 'submit', class: 'button' }, 'Set')),
      h('div', { class: 'market-steps' }, button('Let go', () => this.act(() => api.broker('quote', { symbol, release: true }), `${symbol} moves by itself again`), { act: 'release' }, `Let ${symbol} go`),
        button('Halt', () => this.halt(symbol), { act: 'halt' }, `Halt ${symbol}`),
        button('Freeze', () => this.act(() => api.broker('fault', { target: 'dxlink', kind: 'freeze', symbol }), `${symbol} stands still on the stream`), {}, `Freeze ${symbol} on the stream`)));
    const spark = new Spark();
    const row = h('li', { class: 'market-quote', data: { testid: 'market-quote', symbol } },
      h('details', {}, h('summary', {}, h('span', { class: 'market-symbol' }, symbol), h('span', { class: 'market-last' }), h('span', { class: 'market-price' }), spark.root), tools),
      iconButton('close', `Stop watching ${symbol}`, () => this.drop(symbol)));
    this.sparks.set(row, spark);
    return row;
  }

  halt(symbol) {
    const { halted } = this.board.quotes.find((one) => one.symbol === symbol);
    return this.act(() => api.broker('halt', { symbol, halted: !halted }), halted ? `${symbol} trades again` : `${symbol} is halted`);
  }

  move(symbol, percent) {
    const quote = this.board.quotes.find((one) => one.symbol === symbol);
    return this.pin(symbol, Number(quote.last) * (1 + percent / 100));
  }

  set(symbol, field) {
    const price = Number(field.value.replace(',', ''));
    if (!(price > 0)) {
      toast('Type a price above zero, such as 187.50.', 'error');
      return;
    }
    field.value = '';
    this.pin(symbol, price);
  }

  pin(symbol, price) {
    return this.act(() => api.pin(symbol, price), `${symbol} is held at ${price.toFixed(2)}`);
  }

  drawOrders() {
    const { orders, accounts } = this.board;
    if (!orders.length) {
      replace(this.orders, h('li', { class: 'dock-empty' }, 'None yet.'));
      return;
    }
    const known = new Map([...this.orders.children].filter((row) => row.dataset.version).map((row) => [row.dataset.version, row]));
    replace(this.orders, orders.map((order) => {
      const version = JSON.stringify([order.id, order.status, order.price, order.legs.map((leg) => leg['remaining-quantity'])]);
      return known.get(version) ?? this.orderRow(order, version, accounts[order['account-number']] ?? '');
    }));
  }

  orderRow(order, version, owner) {
    const words = order.legs.map((leg) => `${leg.action} ${leg.quantity ?? ''} ${leg.symbol.replace(/ +/g, ' ')}`).join(', ');
    const price = order.price ? ` @ ${Number(order.price)}${order['price-effect'] ? ` ${order['price-effect'].toLowerCase()}` : ''}` : '';
    const act = (label, control, body, said) => h('button', { type: 'button', class: 'button', 'aria-label': `${label} order ${order.id}`, on: { click: () => this.act(() => api.broker(control, { order_id: order.id, ...body }), said) } }, label);
    const half = Math.floor(Number(order.legs[0]['remaining-quantity']) / 2);
    return h('li', { class: `market-order${order.is_over ? ' is-over' : ''}`, data: { testid: 'market-order', order: order.id, version } },
      h('p', {}, h('span', { class: 'chip' }, order.status), ` ${words}${price}`),
      h('p', { class: 'dock-muted' }, `${order['order-type']} · ${order['time-in-force']} · ${order['account-number']} ${owner} · #${order.id}`),
      order.is_over ? null : h('div', { class: 'market-steps' }, act('Fill', 'fill', {}, 'Filled'), half ? act('Fill half of', 'fill', { quantity: String(half) }, `${half} filled`) : null, act('Reject', 'reject', {}, 'Rejected')));
  }

  drawTrouble() {
    this.standing = h('ul', { class: 'market-standing', 'aria-label': 'Trouble that stands' });
    this.clear = h('button', { type: 'button', class: 'button', on: { click: () => this.act(() => api.clearTrouble(), 'All is well again') } }, 'End all trouble');
    replace(this.trouble, h('ul', { class: 'market-choices' }, TROUBLE.map(([title, about, fault]) => h('li', {},
      h('button', { type: 'button', class: 'suggestion', on: { click: () => this.act(() => api.broker('fault', fault), title) } }, title, h('span', {}, about))))), this.standing, this.clear);
  }

  drawStanding() {
    const { faults } = this.board;
    this.clear.hidden = !faults.length;
    replace(this.standing, faults.map((fault) => h('li', {}, h('span', { class: 'chip chip-closed' }, fault.kind), ` ${fault.symbol || fault.target}${fault.left ? `, ${fault.left} left` : ''}`)));
  }
}
