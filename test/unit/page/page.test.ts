import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { html } from '../../../chaos/page/html.ts'
import { renderPage, type Section } from '../../../chaos/page/page.ts'
import { packageFile } from '../../../chaos/package-root.ts'

const section = (id: string, more: Partial<Section<number>> = {}): Section<number> => ({
  id,
  label: `To ${id}`,
  title: `About ${id}`,
  body: data => html`<p>${data}</p>`,
  ...more,
})

function render(sections: readonly (Section<number> | (() => Section<number>[]))[]): string {
  return renderPage({ title: 'T & Co', top: html`<h1>Top</h1>`, sections, data: 7, footer: 'The end.' })
}

const linksOf = (page: string) => [...page.matchAll(/<li><a href="#([^"]+)">/g)].map(([, id]) => id)
const idsOf = (page: string) => [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id)

describe('a page', () => {
  it('has the same sections in its contents and in its body, in one order', () => {
    const page = render([section('b'), () => [section('c1'), section('c2')], section('a')])
    assert.deepEqual(linksOf(page), ['b', 'c1', 'c2', 'a'])
    assert.deepEqual(idsOf(page), linksOf(page))
  })

  it('leaves a section that does not apply out of both', () => {
    const page = render([
      section('a', { when: data => data > 7 }),
      section('b', { when: data => data === 7 }),
    ])
    assert.deepEqual([linksOf(page), idsOf(page)], [['b'], ['b']])
  })

  it('gives each section a heading that names it', () => {
    assert.ok(
      render([section('a')]).includes(
        '<section id="a" aria-labelledby="a-h">\n<h2 id="a-h">About a</h2>\n<p>7</p>\n</section>',
      ),
    )
  })

  it('forbids scripts and requests, and escapes its title', () => {
    const page = render([])
    assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;/)
    assert.ok(page.includes('<title>T &amp; Co</title>'))
  })
})

describe('the page about adding a section', () => {
  it('shows the smallest section and its test as they are', () => {
    const read = (...path: string[]): string => readFileSync(packageFile(...path), 'utf8').trim()
    const page = read('docs', 'adding-a-report-section.md')
    assert.ok(page.includes(read('chaos', 'report', 'observability-section.ts')))
    assert.ok(page.includes(read('test', 'unit', 'report', 'observability-section.test.ts')))
  })
})
