"""How notify is reached: its RPC methods, and the events that it follows."""

from chassis.data import retention
from chassis.events.follows import follows
from chassis.events.stream import takes_stream
from chassis.rpc.answers import answers
from chassis.service.errands import runs_errands
from chassis.service.health import health
from chassis.service.periodic import every
from chassis.service.provider import DatabaseProvider, Part
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.notify import webhooks as hooks
from contracts.practice.events import LEADER_CHANGED
from notify.outgoing.posting import Poster
from notify.settings import Settings
from notify.store.people import people
from notify.usecases import (
    deliveries,
    feed,
    khatmas,
    reading,
    recording,
    sweeping,
    telling,
    tickets,
    webhooks,
)
from notify.usecases.delivering import Delivering, poster
from notify.usecases.people import erase, welcome

HOUR = 3600
DELIVERIES_AT_ONCE = 100


def _poster(settings: Settings) -> Poster:
    return poster(settings.webhooks_to_loopback)


def _delivering(settings: Settings) -> Delivering:
    return Delivering(_poster(settings))


class NotifyService:
    """Tells people what happened to them."""

    name = "notify"
    db = DatabaseProvider()
    poster = Part(_poster)

    list = answers(methods.LIST, reading.page)
    mark_read = answers(methods.MARK_READ, reading.mark_read)
    mark_all_read = answers(methods.MARK_ALL_READ, reading.mark_all_read)
    unread = answers(methods.UNREAD, reading.unread)
    activity = answers(methods.ACTIVITY, feed.page)
    activity_recorded = answers(methods.ACTIVITY_RECORDED, feed.recorded)
    add_ticket = answers(methods.ADD_TICKET, tickets.add)
    take_ticket = answers(methods.TAKE_TICKET, tickets.take)
    find_ticket = answers(methods.FIND_TICKET, tickets.find)
    health = answers(methods.HEALTH, health)

    create_webhook = answers(hooks.CREATE_WEBHOOK, webhooks.create_webhook)
    list_webhooks = answers(hooks.LIST_WEBHOOKS, webhooks.list_webhooks)
    get_webhook = answers(hooks.GET_WEBHOOK, webhooks.get_webhook)
    change_webhook = answers(hooks.CHANGE_WEBHOOK, webhooks.change_webhook)
    delete_webhook = answers(hooks.DELETE_WEBHOOK, webhooks.delete_webhook)
    rotate_secret = answers(hooks.ROTATE_SECRET, webhooks.rotate_secret)
    test_webhook = answers(hooks.TEST_WEBHOOK, webhooks.test_webhook)
    page_deliveries = answers(hooks.PAGE_DELIVERIES, deliveries.page_deliveries)
    get_delivery = answers(hooks.GET_DELIVERY, deliveries.get_delivery)
    redeliver = answers(hooks.REDELIVER, deliveries.redeliver)
    redeliver_since = answers(hooks.REDELIVER_SINCE, deliveries.redeliver_since)
    deliver = runs_errands(_delivering, at_once=DELIVERIES_AT_ONCE)

    user_registered = follows(USER_REGISTERED, welcome, inbox_name="user_registered")
    user_updated = follows(USER_UPDATED, people.keep)
    user_deleted = follows(USER_DELETED, erase)
    leader_changed = follows(LEADER_CHANGED, telling.leader_changed)
    person_invited = follows(khatma.MEMBER_INVITED, telling.person_invited)
    member_invited = follows(khatma.MEMBER_INVITED_V1, telling.member_invited)
    member_joined = follows(khatma.MEMBER_JOINED, telling.member_joined)
    parts_claimed = follows(khatma.PARTS_CLAIMED, telling.parts_claimed)
    part_completed = follows(khatma.PART_COMPLETED, telling.part_completed)
    completed = follows(khatma.COMPLETED, telling.completed)
    achievement_earned = follows(khatma.ACHIEVEMENT_EARNED, telling.achievement_earned)
    khatma_deleted = follows(khatma.DELETED, khatmas.withdraw)

    record = takes_stream("activity", recording.find, recording.record, saying="activity.live")
    sweep = every(HOUR, retention.sweep, sweeping.sweep)
