import { DefaultNamingStrategy } from "typeorm";

/** Columns are the property's name in snake_case. */
export class SnakeCase extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string): string {
    return customName || propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}
