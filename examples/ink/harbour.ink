# title: The Harbour Light
// A small example: one character, one agent call.
VAR oil = 3
-> quay

=== quay ===
~ SEED_AI(7)
The last ferry has gone, and the quay is yours and the gulls'.
Above it the lighthouse stands dark for the first time anyone can remember.
#context
The keeper's brother drowned off this quay, and the keeper blames the shipping company for it.
An old man sits on the bottom stair of the tower with his knees across the way up.
->agent(->keeper, ->lamp_room)

=== keeper ===
{~"Forty years I carried oil up these stairs."|"Salt gets into everything out here. Words too."|"You walk like someone from an office."}
* [Ask about the sea] "It takes what it likes and it never says thank you."
  -> keeper.more
* [Ask about the lamp] "She drinks like a horse, that lamp. {oil} cans left, and nobody sends for more."
  -> keeper.more
* [Ask about the company] "They sent a letter. My brother got a letter, and the sea got my brother."
  -> keeper.more
= more
{shuffle:
- "Mind the third step. It minds you."
- "I have nothing against you. I have nothing for you either."
- "Ask me what you came to ask. I am old, but I am not furniture."
}
-> DONE

=== lamp_room ===
~ oil--
{agent_outcome == "BRIDGE_AND_CONTINUE": The old man is still muttering when the stair turns and his voice is gone.|The old man draws in his knees and lets you by.}
The lamp room smells of brass and cold paraffin. {oil} {oil == 1:can stands|cans stand} beside the door.
+ [Light the lamp] The wick takes. The light swings out across the water, and far off a ship answers with its horn.
  -> END
+ [Leave it dark] You stand a while among the glass, and go down again by the feel of the wall.
  -> END
