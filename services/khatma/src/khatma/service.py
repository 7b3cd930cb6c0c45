"""How khatma is reached: its RPC methods and the events that it follows."""

from chassis.data import retention
from chassis.events.follows import follows
from chassis.rpc.answers import answers
from chassis.service.health import health
from chassis.service.periodic import after_commits, every
from chassis.service.provider import DatabaseProvider
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.khatma import methods
from khatma.store.people import people
from khatma.usecases import (
    achievements,
    erasure,
    figures,
    intentions,
    khatmas,
    links,
    lists,
    membership,
    parts,
    readings,
    unlisted,
)
from khatma.usecases import search as searching

SWEEP_SECONDS = 600
HOUR = 3600


class KhatmaService:
    """The service `khatma`."""

    name = "khatma"
    db = DatabaseProvider()

    list_khatmas = answers(methods.LIST_KHATMAS, lists.list_khatmas)
    page_khatmas = answers(methods.PAGE_KHATMAS, lists.page_khatmas)
    search = answers(methods.SEARCH, searching.search)
    list_completed = answers(methods.LIST_COMPLETED, lists.list_completed)
    homepage = answers(methods.HOMEPAGE, lists.show_homepage)
    create_khatma = answers(methods.CREATE_KHATMA, khatmas.create_khatma)
    get_khatma = answers(methods.GET_KHATMA, khatmas.get_khatma)
    change_khatma = answers(methods.CHANGE_KHATMA, khatmas.change_khatma)
    delete_khatma = answers(methods.DELETE_KHATMA, khatmas.delete_khatma)
    members = answers(methods.MEMBERS, membership.members)
    join = answers(methods.JOIN, membership.join)
    leave = answers(methods.LEAVE, membership.leave)
    invite = answers(methods.INVITE, membership.invite)
    page_parts = answers(methods.PAGE_PARTS, parts.page_parts)
    make_link = answers(methods.MAKE_LINK, links.make_link)
    list_links = answers(methods.LIST_LINKS, links.list_links)
    revoke_link = answers(methods.REVOKE_LINK, links.revoke_link)
    show_by_link = answers(methods.SHOW_BY_LINK, links.show_by_link)
    join_by_link = answers(methods.JOIN_BY_LINK, links.join_by_link)
    set_intentions = answers(methods.SET_INTENTIONS, intentions.set_intentions)
    intentions = answers(methods.INTENTIONS, intentions.intentions)
    log_reading = answers(methods.LOG_READING, readings.log_reading)
    get_reading = answers(methods.GET_READING, readings.get_reading)
    list_readings = answers(methods.LIST_READINGS, readings.list_readings)
    user_stats = answers(methods.USER_STATS, figures.user_stats)
    stats_of = answers(methods.STATS_OF, figures.stats_of)
    khatma_stats = answers(methods.KHATMA_STATS, figures.khatma_stats)
    achievements_of = answers(methods.ACHIEVEMENTS_OF, achievements.achievements_of)
    achievements = answers(methods.ACHIEVEMENTS, achievements.achievements)
    dashboard = answers(methods.DASHBOARD, figures.dashboard)
    health = answers(methods.HEALTH, health)

    user_registered = follows(USER_REGISTERED, people.keep)
    user_updated = follows(USER_UPDATED, people.keep)
    user_renamed = follows(USER_UPDATED, searching.rename)
    user_deleted = follows(USER_DELETED, erasure.erase)

    read_khatmas = after_commits(searching.read_khatmas, at_most_every=0.5, at_least_every=30)
    list_members = after_commits(unlisted.list_members, at_most_every=HOUR, at_least_every=HOUR)
    sweep = every(SWEEP_SECONDS, retention.sweep, links.forget)
