package io.daybook.engine.model;

/**
 * What all parts of a run of a seed see.
 *
 * @param course where the run is, and how it tells what it finds
 * @param subject the engine and what it stands on
 * @param excuses what was made to go wrong
 * @param following what the engine must show
 * @param arguments of the calls
 */
record Situation(Course course, Subject subject, Excuses excuses, ModelFollowing following, Arguments arguments) {

    static Situation of(Course course, Subject subject) {
        Excuses excuses = new Excuses(course, subject);
        ModelFollowing following = new ModelFollowing(course, subject, excuses);
        return new Situation(course, subject, excuses, following, new Arguments(course, following));
    }
}
