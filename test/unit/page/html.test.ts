import assert from 'node:assert/strict'
import { escapeHtml, html, Html } from '../../../chaos/page/html.ts'

describe('HTML templates', () => {
  it('escape every value that is not HTML itself', () => {
    assert.equal(
      html`<p title="${'"><script>'}">${"<b>&'"}</p>`.text,
      '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&#39;</p>',
    )
  })
  it('join arrays, nest templates, and leave nothing for what is absent', () => {
    assert.equal(html`${[1, html`<i>${'<'}</i>`]}${null}${undefined}${false}${0}`.text, '1<i>&lt;</i>0')
  })
  it('take HTML as it is', () => assert.equal(html`${new Html('<hr>')}`.text, '<hr>'))
  it('leave plain text alone', () => assert.equal(escapeHtml('az-a > 2'), 'az-a &gt; 2'))
})
