"""What goes wrong while an update is answered becomes a sentence for the person."""

from bot.chat import errors
from bot.chat.context import ChatContext, NotUnderstood, Work
from bot.chat.render import questions
from bot.domain.durations import NotADuration


async def guarded(chat: ChatContext, work: Work, command: str = "") -> None:
    # Handlers try nothing, so that none of them swallows a failure or forgets to tell it.
    try:
        await work(chat)
    except NotUnderstood as error:
        await chat.say(str(error))
    except NotADuration as error:
        # A correct example in the person's own words says more than a rule.
        example = questions.example(command, chat.words.removesuffix(error.said).strip(), "2h")
        await chat.say(questions.wrong_length(error, example))
    except Exception as error:  # noqa: BLE001 - whatever it is, the person hears of it
        errors.note(chat.update_id, error)
        await chat.refuse(errors.explain(error))
