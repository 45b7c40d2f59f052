import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Input from "@cloudscape-design/components/input";

interface OtherAccountsProps {
  readonly accountId: string;
  readonly accounts: readonly string[];
  readonly change: (accounts: readonly string[]) => void;
}

/** Why an account ID is not allowed at its place; undefined where it is. */
export function accountProblem(accounts: readonly string[], index: number, ownAccountId: string): string | undefined {
  const account = accounts[index] ?? "";
  if (!/^\d{12}$/.test(account)) {
    return "An account ID has 12 digits.";
  }
  if (account === ownAccountId) {
    return "This is the account that owns the key.";
  }
  return accounts.indexOf(account) < index ? "This account is there already." : undefined;
}

export function areValidAccounts(accounts: readonly string[], ownAccountId: string): boolean {
  return accounts.every((_, index) => accountProblem(accounts, index, ownAccountId) === undefined);
}

/** Account IDs, one a row. */
export function OtherAccounts({ accountId, accounts, change }: OtherAccountsProps) {
  return (
    <AttributeEditor
      items={accounts}
      addButtonText="Add another AWS account"
      removeButtonText="Remove"
      removeButtonAriaLabel={(account) => `Remove account ${account}`}
      empty="No other AWS account may use this key."
      onAddButtonClick={() => change([...accounts, ""])}
      onRemoveButtonClick={({ detail }) => change(accounts.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: "AWS account ID",
          errorText: (account, index) => (account === "" ? undefined : accountProblem(accounts, index, accountId)),
          control: (account, index) => (
            <Input
              value={account}
              inputMode="numeric"
              placeholder="111122223333"
              onChange={({ detail }) =>
                change(accounts.map((old, place) => (place === index ? detail.value.replace(/[\s-]/g, "") : old)))
              }
            />
          ),
        },
      ]}
    />
  );
}
