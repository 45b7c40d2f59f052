const TIME: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };

/** A time in the zone of the device, as the AWS console shows it; a dash where there is none. */
export function timeText(time: Date | undefined): string {
  return time === undefined ? "-" : new Intl.DateTimeFormat("en", TIME).format(time);
}
