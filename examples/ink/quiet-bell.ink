# title: The Quiet Bell
// A longer example: a place, an old wrong, two people who can be talked to, two endings.
VAR trust = 0
VAR lantern = 2
VAR name_known = false
LIST clues = hymnal, ledger, drill
-> arrival

=== arrival ===
~ SEED_AI(1911)
The cable car sets you down at Sankt Verena a little after four, in the blue part of the afternoon.
You have a case of tools, a letter from the bishop's office, and one night to find out why the bell does not ring.
#context
Twelve years ago the bell rang for a wedding, and the same hour an avalanche took three houses at the edge of the village.
The village has been careful ever since. Even the dogs seem to bark behind their hands.
* [Read the letter again]
  "The bell is sound," it says. "The clapper is reported lost. Nobody could tell us how one loses ninety pounds of iron."
  -> square
* [Walk up to the square]
  Your boots are the loudest thing in the street, and you find yourself walking on their edges.
  -> square

=== square ===
{The square holds a fountain, a church, a schoolhouse, and an inn with one lit window.|You are back in the square. The fountain has grown another rib of ice.|The square again. Somebody draws a curtain.}
{lantern == 1: Your lantern is half burnt down.}
* [Try the inn] -> inn
* [Look over the churchyard] -> churchyard
* [Knock at the schoolhouse] -> schoolhouse
* {clues} [Go to the tower door] -> tower_door
* -> tower_door

=== inn ===
The innkeeper serves you soup before you have asked for it, and sets the spoon down without a sound.
* [Ask about the bell]
  "We had a bell," he says. "Then we had a winter."
  ~ trust--
  #context
  The innkeeper lost his sister in the avalanche and will not hear the bell named under his roof.
* [Ask about the sexton]
  "Marthe? She keeps the tower. She sings, if you catch her at it, and stops, if she catches you."
  ~ trust++
  ~ name_known = true
* [Eat the soup and say nothing]
  It is good soup. By the bottom of the bowl the room has forgotten that you are a stranger.
  ~ trust++
- "You will want the hymnal," the innkeeper says at the door, and puts one in your hands. "It has all of our names in it."
~ clues += hymnal
Inside the cover the dead of the twelfth of March are written in three different inks.
-> square

=== churchyard ===
Snow has filled the paths, but somebody has swept three graves down to the grass.
* [Hold the lantern to the stones]
  ~ lantern--
  All three share a date: the twelfth of March, twelve years ago. Beside the third lies a rusted drill, as long as your arm.
  ~ clues += drill
  It is a quarryman's drill. There is no quarry on your map.
* [Leave the dead their evening]
  You nod to them, which is what you were taught to do, and feel a little watched for it.
  ~ trust++
- The tower leans over the wall to see what you are about.
-> square

=== schoolhouse ===
The door is open and the stove is warm. On the desk a ledger lies under a stone from the river.
* [Open the ledger]
  Gravel, powder, fuse, in a small neat hand; it runs on for a year and breaks off on the eleventh of March.
  ~ clues += ledger
  #context
  The ledger is in the hand of Corvin, the schoolmaster, who kept the books of the quarry in those days.
* [Warm your hands and go]
  Chalk dust, apples, wet wool. On the board stands a sum that nobody has finished.
- A step creaks overhead. Whoever lives up there has heard you, and is waiting for you to leave.
-> square

=== tower_door ===
The tower door is oak, and in front of it, on a kitchen chair, sits a woman with a ring of keys in her lap.
{name_known: "Marthe," you say, and she looks up as if you had pulled a string.|"We are closed," she says, though it is a church.}
{clues ? hymnal: Her eyes go to the hymnal under your arm and stay there.}
She sits between you and the stair, and she has brought a blanket.
#context
Marthe believes that the bell brought the snow down. She has kept the tower shut ever since, so that nobody can make that mistake again.
->agent(->marthe, ->bell_chamber)

=== marthe ===
{~"I was a girl when my father gave me these keys. They were heavier then."|"People say sexton as if it meant locksmith. It means I bury them."|"You are from the bishop. You have clean cuffs."}
* [Ask about the tower]
  {~"A hundred and twelve steps. I count them so that they know I am watching."|"It is a good tower. It did not ask to be a tower."}
* [Ask about the winter]
  {~"I knew what the wind would do that day. I did not know what the mountain would."|"Three names. I sing them in the second verse, where nobody listens."}
* [Ask about herself]
  {~"I had a voice once. I keep it in here now, with the keys."|"I like dogs, and the smell of candles just put out."}
- {shuffle:
  - "You may sit. The step is cold, but it is honest."
  - "If you want something of me, say what it is for."
  - "I do not open doors for curiosity. I might for a reason."
  }
-> DONE

=== bell_chamber ===
{agent_outcome == "BRIDGE_AND_CONTINUE": The keys have stopped ringing in her hands by the time the door stands open.|She chooses a key without looking down.}
She climbs ahead of you, counting under her breath, and at a hundred and twelve she stops.
The bell hangs in the last light like a held breath. The clapper is not lost at all: it leans in the corner, wrapped in a wedding dress.
"I took it down myself," Marthe says. "The bell rang, and the mountain came. What would you have done?"
* {clues ? ledger} ["Somebody was blasting that week."]
  ~ trust++
  You tell her of the ledger, of powder and fuse, and of the day on which the writing stops. She sits down on the floor.
  "Corvin," she says. "He taught my children to add."
  -> corvin_door
* {clues ? drill} ["There was a quarry, was there not?"]
  You describe the drill among the graves. She puts it there every spring, she says; the thaw brings it up, and she never knew whose it was.
  She thinks. You watch her arrive at it. "There was only ever one man who could order powder," she says.
  -> corvin_door
* ["I would have done the same."]
  ~ trust++
  It is the truth, and she can hear that. You sit together until the stars are out.
  -> leave_silent
* ["A bell cannot move a mountain."]
  "You were not here," she says, and holds the door for you.
  {trust > 1: But at the foot of the stair she turns. "Ask the schoolmaster," she says, "since you want it to be somebody."|There is nothing to be said to that, and you do not say it.}
  {trust > 1: -> corvin_door | -> leave_silent}

=== corvin_door ===
The light over the schoolhouse goes out as you cross the square, and then, after a while, on again.
{lantern < 2: Your lantern is nearly done, and you walk the last of the way by his window.|You set your lantern down on his step, so that he can see who you are.}
A thin man of seventy opens, with chalk on his sleeve. He has put on a tie to be found in.
#context
Corvin fired the charge that loosened the snow, on the morning of the wedding. He has let the bell take the blame for twelve years, and he is tired.
->agent(->corvin, ->confession)

=== corvin ===
{~"You are letting the warmth out. Come in, or be quick."|"Thirty-one years I taught here. They can all spell avalanche."|"You have been at my desk. I know how I leave a stone."}
* [Ask about the children]
  {~"They were good at sums. I saw to it that they never needed large ones."|"One of them mends clocks now, in the city. He writes at Easter."}
* [Ask about the books he kept]
  {~"I kept accounts for anybody who asked. It is what one does with a clear hand."|"A ledger is a polite thing. It only answers what it is asked."}
* [Ask about his nights]
  {~"I sleep badly when it thaws."|"I mark exercises. There are no pupils, but there are always exercises."}
- {shuffle:
  - "Tell me plainly what you think, and I will tell you whether you can spell it."
  - "I am an old man, and it is late, and neither of those is an answer, I know."
  - "People here are kind. You cannot imagine what that is like."
  }
-> DONE

=== confession ===
{agent_outcome == "DIRECT_CONTINUE": He takes off his spectacles, and folds them, and looks ten years older and much less tired.|He reaches past you and shuts the door, gently, on the cold.}
"Eleven sticks," he says. "At nine in the morning, so as to be done before the wedding. I heard the slope answer. I went to church, and sat down, and the bell began."
"And when they said that it was the bell, I found that I could not speak. Then it was a day later. Then it was twelve years."
{agent_turns > 4: He thanks you for your patience, as he might a slow pupil who had got there.}
* [Ask him to tell the village]
  "In the morning," he says. "From the steps. I have a good voice for a square."
  -> ring
* [Promise to say nothing]
  ~ trust--
  He looks at you for a long time. "That," he says, "is what I did."
  -> leave_silent
* {trust > 0} [Fetch Marthe]
  She is on the step already, with the blanket around her. She has heard it all, and she gives him an end of the blanket.
  -> ring

=== ring ===
At dawn the two of them carry the clapper up between them, a hundred and twelve steps, and nobody counts.
You only hold the ladder and hand up the bolts. It is good iron. It remembers what it is for.
The first stroke goes out over the roofs. Every window opens; and the mountain, which has its own affairs, does not so much as turn over.
-> END

=== leave_silent ===
You take the first car down. In your report you write that the bell is sound, and the village too, and that neither should be hurried.
{trust > 1: Marthe has packed you bread for the way, wrapped in a page of the second verse.}
{corvin_door: Halfway to the valley you hear, or think you hear, someone at the edge of the square begin to speak.}
-> END
