/** Show a player on a page. Every text, whoever wrote it, is shown as text. */
import { Conversations } from './conversations.js'
import { Player } from './player.js'

const storyId = decodeURIComponent(location.pathname.split('/').filter(Boolean).at(-1))
// An author who tries a story on a server with keys opens /play/STORY#key=...; the fragment is sent nowhere.
const key = new URLSearchParams(location.hash.slice(1)).get('key') ?? ''
const on = (id) => document.getElementById(id)
let shown = 0

function show(player) {
  const { lines, choices, talk, ended } = player.view
  if (lines.length < shown) on('story').replaceChildren((shown = 0) || '')
  for (const line of lines.slice(shown)) on('story').append(paragraph(line))
  shown = lines.length
  on('choices').replaceChildren(...choices.map((text, index) => choice(player, text, index)))
  on('talk').hidden = !talk
  on('words').disabled = !talk?.open
  on('talk').querySelector('button').disabled = !talk?.open
  say('waiting', talk?.waiting ? '…' : ended ? 'The end.' : '')
  say('problem', talk?.problem ?? '')
  if (talk?.problem) {
    on('words').value = talk.unsent
    on('problem').append(' ', button('Try again', () => player.retry()))
  }
  if (talk?.open) on('words').focus({ preventScroll: true })
  window.scrollTo({ top: document.body.scrollHeight, behavior: 'smooth' })
}

function paragraph({ who, text }) {
  const element = document.createElement('p')
  element.className = who
  element.textContent = text
  return element
}

function choice(player, text, index) {
  const item = document.createElement('li')
  item.append(button(text, () => player.choose(index)))
  return item
}

function button(text, onclick) {
  const element = document.createElement('button')
  Object.assign(element, { type: 'button', textContent: text, onclick })
  return element
}

function say(id, text) {
  on(id).textContent = text
  on(id).hidden = !text
}

async function open() {
  const conversations = new Conversations({ storyId, key })
  const story = await conversations.story(Player.savedVersion(localStorage, storyId))
  const player = new Player({
    Story: globalThis.inkjs.Story,
    ...story,
    storyId,
    conversations,
    storage: localStorage,
    onchange: () => show(player),
  })
  on('restart').onclick = () => player.restart()
  on('talk').onsubmit = (event) => {
    event.preventDefault()
    const words = on('words').value
    on('words').value = ''
    player.say(words)
  }
  await player.begin()
}

open().catch((error) => say('problem', error.message))
