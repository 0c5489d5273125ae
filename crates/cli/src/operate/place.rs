//! Where the functions are that a command asks: those of a running `cdc local`, or an account's.

use cdc_aws::{
    config::Connection,
    endpoint::{Endpoint, Region},
    invoke::{Functions, Invoked},
};
use cdc_core::delivery::{CallError, CallErrorKind};
use clap::Args;
use tokio::runtime::Builder;

use crate::failure::CommandError;

/// The region of everything in a `cdc local`.
const LOCAL_REGION: &str = "us-east-1";

/// Where the functions are.
#[derive(Debug, Args)]
pub(crate) struct PlaceArguments {
    /// Ask the functions of the AWS account, and not those of a running `cdc local`
    #[arg(long, help_heading = "Where")]
    pub(super) remote: bool,
    /// Where the running `cdc local` serves the AWS APIs
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:4566",
        help_heading = "Where"
    )]
    endpoint: String,
    /// The account's region, with --remote
    #[arg(long, value_name = "REGION", env = "AWS_REGION", help_heading = "Where")]
    region: Option<String>,
    /// What the functions' names begin with, with --remote: the stack's parameter Prefix
    #[arg(
        long,
        value_name = "PREFIX",
        env = "CDC_FUNCTION_PREFIX",
        default_value = "",
        hide_default_value = true,
        help_heading = "Where"
    )]
    prefix: String,
}

/// The functions, once it is known where.
pub(super) struct Place {
    functions: Functions,
    /// How a message names it.
    name: String,
    remote: bool,
}

/// Runs what asks the functions of a place.
pub(super) fn at<T>(
    arguments: &PlaceArguments,
    ask: impl AsyncFnOnce(&Place) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| CommandError::failed("the runtime does not start", error))?;
    runtime.block_on(async {
        let place = Place::find(arguments).await?;
        ask(&place).await
    })
}

impl Place {
    async fn find(arguments: &PlaceArguments) -> Result<Self, CommandError> {
        if arguments.remote { Self::account(arguments).await } else { Self::local(arguments).await }
    }

    async fn local(arguments: &PlaceArguments) -> Result<Self, CommandError> {
        let region = Region::parse(LOCAL_REGION).map_err(CommandError::usage)?;
        let endpoint = Endpoint::parse(&arguments.endpoint, &region)
            .ok()
            .filter(Endpoint::is_loopback)
            .ok_or_else(|| {
                CommandError::usage(
                    "--endpoint (or AWS_ENDPOINT_URL): http://127.0.0.1:PORT is expected, the address \
                     that `cdc local` prints; for the account there is --remote",
                )
            })?;
        let name = endpoint.as_str().to_owned();
        let connection = Connection::of_operator(region, Some(&endpoint)).await;
        Ok(Self { functions: Functions::new(&connection, ""), name, remote: false })
    }

    async fn account(arguments: &PlaceArguments) -> Result<Self, CommandError> {
        let region = arguments.region.as_deref().ok_or_else(|| {
            CommandError::usage("--remote needs the region: --region eu-central-1, or AWS_REGION")
        })?;
        let region = Region::parse(region).map_err(|error| {
            CommandError::usage(format_args!("--region (or AWS_REGION): {error}"))
        })?;
        let name = format!("the account, region {region}");
        let connection = Connection::of_operator(region, None).await;
        Ok(Self { functions: Functions::new(&connection, &*arguments.prefix), name, remote: true })
    }

    /// Invokes a function of this place, by an alias of it where a qualifier is told.
    pub(super) async fn invoke(
        &self,
        function: &str,
        qualifier: Option<&str>,
        payload: &str,
    ) -> Result<Invoked, CommandError> {
        let invoked = self.functions.invoke(function, qualifier, payload.as_bytes()).await;
        let name = qualifier.map(|qualifier| format!("{function}:{qualifier}"));
        invoked.map_err(|error| self.unanswered(name.as_deref().unwrap_or(function), error))
    }

    /// What to do where no answer came.
    fn unanswered(&self, function: &str, error: CallError) -> CommandError {
        let name = &self.name;
        let text = match (error.kind, self.remote) {
            (CallErrorKind::Unavailable, false) => format!(
                "nothing answers at {name}: start `cdc local` in another terminal, name its address \
                 with --endpoint, or ask the account with --remote"
            ),
            (CallErrorKind::Denied, false) => {
                format!("no function {function} at {name}: is that a `cdc local`?")
            }
            (CallErrorKind::Denied, true) => format!(
                "{function} could not be invoked ({name}): check the credentials, the right \
                 lambda:InvokeFunction, and --prefix"
            ),
            _ => format!("{function} gave no answer ({name})"),
        };
        CommandError::failed(text, error)
    }
}
