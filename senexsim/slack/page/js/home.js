/** The app's Home tab for the present person. */

import * as api from './api.js';
import { renderBlocks } from './blocks.js';
import { h, replace } from './dom.js';
import { clickFailure } from './failures.js';
import { Form } from './form.js';
import { askOptions, sendClick, tellEntries } from './interact.js';
import { toast } from './toast.js';

export class Home {
  constructor(session) {
    this.session = session;
    this.form = new Form();
    this.user = null;
    this.root = h('div', { class: 'home', tabindex: '0', role: 'region', 'aria-label': 'Home', data: { testid: 'home' } });
  }

  /** The person came to this tab: the app is told, then its view is shown. */
  async open() {
    await this.refresh();
    await api.openHome(this.session.me);
  }

  async refresh() {
    const user = this.session.me;
    const { view } = await api.home(user);
    if (user !== this.session.me) return;
    if (this.user !== user) this.form = new Form();
    this.user = user;
    replace(this.root, view ? h('div', { class: 'home-blocks blocks' }, renderBlocks(view.blocks, this.surface(view))) : this.empty());
  }

  empty() {
    return h('div', { class: 'empty' }, h('h2', {}, 'Nothing here yet'), h('p', {}, `${this.session.workspace.app.display_name} has not published a Home tab for you.`));
  }

  surface(view) {
    const place = { user: this.session.me, view_id: view.id };
    return {
      form: this.form,
      act: async (element, block, value, control) => {
        await tellEntries(place, this.form);
        const error = await sendClick(place, element, block, value, control);
        if (error) toast(clickFailure(error), 'error');
      },
      suggest: (element, block, typed) => askOptions(place, element, block, typed),
    };
  }
}
