extension PageScript {
    /// Elements of the page. What a run says is only ever set as text, never read as markup.
    static let elements = #"""
        const svgSpace = 'http://www.w3.org/2000/svg';

        // An element with attributes and children; null ones are left out. 'text' is its text, 'on...' a listener.
        function element(name, attributes = {}, ...children) {
          return filled(document.createElement(name), attributes, children);
        }

        // The same of a picture.
        function drawn(name, attributes = {}, ...children) {
          return filled(document.createElementNS(svgSpace, name), attributes, children);
        }

        function filled(node, attributes, children) {
          for (const [name, value] of Object.entries(attributes)) {
            if (value === null || value === undefined || value === false) continue;
            if (name === 'text') node.textContent = value;
            else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
            else node.setAttribute(name, value === true ? '' : value);
          }
          node.append(...children.filter(child => child !== null && child !== undefined));
          return node;
        }

        // A picture that was drawn elsewhere, from its text; null where the text is no picture.
        function picture(text, title, description) {
          const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
          if (parsed.localName !== 'svg') return null;
          const node = document.importNode(parsed, true);
          node.prepend(drawn('title', { text: title }), drawn('desc', { text: description }));
          node.setAttribute('role', 'img');
          node.setAttribute('aria-label', title + ': ' + description);
          // Without them a narrow page can make the picture smaller.
          const [width, height] = ['width', 'height'].map(name => node.getAttribute(name));
          if (!node.hasAttribute('viewBox')) node.setAttribute('viewBox', `0 0 ${width} ${height}`);
          node.style.setProperty('width', width + 'px');
          node.removeAttribute('width');
          node.removeAttribute('height');
          return node;
        }

        // A table whose first column names the rows. It can be scrolled by the keyboard where it is too wide.
        function table(caption, head, rows, kind = '') {
          const cells = (row, first) => row.map((text, place) =>
            element(place === 0 || first ? 'th' : 'td',
              { text, scope: first ? 'col' : place === 0 ? 'row' : null }));
          return scrolled(caption, element('table', { class: kind },
            element('caption', { text: caption }),
            element('thead', {}, element('tr', {}, ...cells(head, true))),
            element('tbody', {}, ...rows.map(row => element('tr', {}, ...cells(row, false))))));
        }

        function scrolled(name, node) {
          return element('div', { class: 'scrolled', tabindex: '0', role: 'group', 'aria-label': name }, node);
        }

        // What is shown when it is opened, and in print.
        function folded(summary, ...children) {
          return element('details', {}, element('summary', { text: summary }), ...children);
        }

        // A button that is either pressed or not.
        function toggle(name, isPressed, change) {
          const button = element('button', { type: 'button', 'aria-pressed': String(isPressed), text: name });
          button.addEventListener('click', () => {
            const pressed = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', String(pressed));
            change(pressed);
          });
          return button;
        }

        // A choice among a few names.
        function choice(label, names, change) {
          const select = element('select', {}, ...names.map((name, place) =>
            element('option', { value: String(place), text: name })));
          select.addEventListener('change', () => change(Number(select.value)));
          return element('label', { class: 'choice', text: label + ' ' }, select);
        }
        """#
}
